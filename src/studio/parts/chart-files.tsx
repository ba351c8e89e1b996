/** @file The foot of a chart: its numbers, and the chart as SVG and CSV. */
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { saveChartCsv, saveChartSvg } from '../files/save-chart';
import type { DrawnChart } from '../numbers/drawn-chart';
import { report } from '../remote/report';
import './chart-files.css';

export interface ChartFilesProps {
  title: string;
  /** The chart as it is now. */
  chart(): Omit<DrawnChart, 'title'>;
  children?: ReactNode;
}

export function ChartFiles({ title, chart, children }: ChartFilesProps) {
  const drawn = () => ({ ...chart(), title });
  return (
    <div className="chart-foot">
      {children}
      <span className="chart-files">
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
      </span>
    </div>
  );
}
