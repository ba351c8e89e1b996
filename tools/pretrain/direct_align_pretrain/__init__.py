"""Makes the studio's base bundle again, stage by stage: docs/PRETRAIN.md."""
