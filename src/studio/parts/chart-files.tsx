/** @file The foot of a chart: its numbers, and the chart as SVG and CSV. */
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';
import { saveChartCsv, saveChartSvg } from '../files/save-chart';
import type { DrawnChart } from '../numbers/drawn-chart';
import { report } from '../remote/report';

export interface ChartFilesProps {
  /** The chart as it is now. */
  chart(): DrawnChart;
  children?: ReactNode;
}

export function ChartFiles({ chart, children }: ChartFilesProps) {
  const { title } = chart();
  return (
    <div className="chart-foot">
      {children}
      <span className="chart-files">
        <Button
          className="button quiet"
          aria-label={`SVG of ${title}`}
          onPress={() => void saveChartSvg(chart()).catch(report)}
        >
          SVG
        </Button>
        <Button className="button quiet" aria-label={`CSV of ${title}`} onPress={() => saveChartCsv(chart())}>
          CSV
        </Button>
      </span>
    </div>
  );
}
