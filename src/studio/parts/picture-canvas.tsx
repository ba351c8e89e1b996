/** @file Shows one RGBA picture at its own resolution; CSS scales it. */
import { useLayoutEffect, useRef } from 'react';
import type { Picture } from '../../worker/protocol';
import './picture-canvas.css';

export interface PictureCanvasProps {
  picture: Picture | null;
  /** What is to be seen; empty where the text beside it says so already. */
  alt: string;
  className?: string;
}

export function PictureCanvas({ picture, alt, className = '' }: PictureCanvasProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const canvas = ref.current;
    if (!canvas || !picture) return;
    if (canvas.width !== picture.width || canvas.height !== picture.height) {
      canvas.width = picture.width;
      canvas.height = picture.height;
    }
    canvas.getContext('2d')!.putImageData(new ImageData(picture.data, picture.width, picture.height), 0, 0);
  }, [picture]);
  const name = alt ? { role: 'img', 'aria-label': alt } : { 'aria-hidden': true };
  return (
    <canvas ref={ref} width={1} height={1} className={`picture ${picture ? '' : 'empty'} ${className}`} {...name} />
  );
}
