/** @file A chart as SVG and CSV. */
import { Button } from 'react-aria-components/Button';
import { saveChartCsv, saveChartSvg } from '../files/save-chart';
import type { DrawnChart } from '../numbers/drawn-chart';
import { report } from '../remote/report';
import './chart-files.css';

export interface ChartFilesProps {
  title: string;
  /** The chart as it is now. */
  chart(): Omit<DrawnChart, 'title'>;
}

export function ChartFiles({ title, chart }: ChartFilesProps) {
  const drawn = () => ({ ...chart(), title });
  return (
    <p className="chart-files">
      <Button
        className="button quiet"
        aria-label={`SVG of ${title}`}
        onPress={() => void saveChartSvg(drawn()).catch(report)}
      >
        SVG
      </Button>
      <Button className="button quiet" aria-label={`CSV of ${title}`} onPress={() => saveChartCsv(drawn())}>
        CSV
      </Button>
    </p>
  );
}
