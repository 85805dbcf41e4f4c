/**
 * A bench as bars in an SVG: one bar a contender, on a logarithmic scale where they are far apart, least to
 * most as a line.
 */
import { format, type Measured } from '../bench.js';

const WIDTH = 760;
const LABEL = 230;
const ROW = 30;
const TOP = 46;

/** @param measured all in the same unit */
export function barChart(title: string, measured: readonly Measured[]): string {
  const values = measured.map((item) => item.summary.median);
  const [most, least] = [Math.max(...values), Math.min(...values)];
  const logarithmic = least > 0 && most / least > 30;
  const from = logarithmic ? Math.log10(least) - 0.3 : 0;
  const to = logarithmic ? Math.log10(most) : most;
  const room = WIDTH - LABEL - 150;
  const x = (value: number): number =>
    LABEL +
    Math.max(1, (((logarithmic ? Math.log10(Math.max(value, least)) : value) - from) / (to - from)) * room);
  const height = TOP + measured.length * ROW + 14;
  const bars = measured.map((item, at) => {
    const y = TOP + at * ROW;
    const { median, min, max } = item.summary;
    const colour = item.contender.startsWith('ours') ? '#0b7285' : '#adb5bd';
    const spread = `<line x1="${x(min).toFixed(1)}" x2="${x(Math.min(max, most * 1.2)).toFixed(1)}" y1="${y + 10}" y2="${y + 10}" stroke="#212529" stroke-width="1.5"/>`;
    return [
      `<text x="${LABEL - 8}" y="${y + 14}" text-anchor="end">${escaped(item.contender)}</text>`,
      `<rect x="${LABEL}" y="${y}" width="${(x(median) - LABEL).toFixed(1)}" height="20" fill="${colour}" rx="2"/>`,
      item.summary.samples > 1 ? spread : '',
      `<text x="${(x(Math.max(median, Math.min(max, most * 1.2))) + 8).toFixed(1)}" y="${y + 14}">${escaped(format(median))} ${escaped(item.unit)}</text>`,
    ].join('');
  });
  const heading = `${escaped(title)}${logarithmic ? ' (logarithmic)' : ''}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="#212529"><title>${heading}</title><rect width="${WIDTH}" height="${height}" fill="#ffffff"/><text x="12" y="26" font-size="15" font-weight="600">${heading}</text>${bars.join('')}</svg>\n`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
