"""A run file of Direct-Align Studio on many GPUs, with diffusers, peft and accelerate. docs/SCALE.md says how."""
