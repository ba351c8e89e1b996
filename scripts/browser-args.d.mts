export const SOFTWARE: string[];
export const HEADLESS: string[];
