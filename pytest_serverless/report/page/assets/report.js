// Draws the charts of one report, the section that this script stands in, from the data in its figures.
const root = document.currentScript.parentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");
const HEIGHT = 240;
const PAPER = 660; // what fits on a sheet
const DASHES = { cold: [2, 2], throttled: [8, 4], failed: [8, 3, 2, 3], unknown: [], ambiguous: [3, 5], limit: [6, 4], instances: [5, 4] };
const LEAST = 0.001; // of a logarithmic scale: a microsecond
const group = `serverless-report-${[...document.querySelectorAll(".serverless-report")].indexOf(root)}`;

const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
const font = (size) => `${size}px ${getComputedStyle(root).fontFamily}`;

const digits = (value) => {
  const size = Math.abs(value);
  const places = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 || !size ? 2 : 3;
  return value.toLocaleString("en-US", { minimumFractionDigits: 0, maximumFractionDigits: places });
};

const clock = (seconds) => {
  const whole = Math.floor(Math.abs(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return `${seconds < 0 ? "-" : ""}${hours ? `${hours}:${two(minutes)}` : minutes}:${two(whole % 60)}`;
};

// Phases: those that are not judged lie in shade, and each has its name at the top.
const marked = (chart) => (u) => {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top - 16 * ratio, bbox.width, bbox.height + 16 * ratio);
  ctx.clip();
  ctx.textBaseline = "bottom";
  ctx.textAlign = "left";
  ctx.font = font(11 * ratio);
  let free = -Infinity;
  for (const phase of chart.phases) {
    const from = Math.max(u.valToPos(phase.from, "x", true), bbox.left);
    const to = Math.min(u.valToPos(phase.to, "x", true), bbox.left + bbox.width);
    if (to <= from) continue;
    if (!phase.judged) {
      ctx.fillStyle = colour("shade");
      ctx.fillRect(from, bbox.top, to - from, bbox.height);
    }
    ctx.fillStyle = colour("rule");
    ctx.fillRect(from, bbox.top - 14 * ratio, ratio, bbox.height + 14 * ratio);
    const label = phase.judged ? phase.name : `${phase.name} (not judged)`;
    const left = Math.max(from + 4 * ratio, free);
    if (left < to) {
      ctx.fillStyle = colour("faint");
      ctx.fillText(label, left, bbox.top - 2 * ratio);
      free = left + 8 * ratio + ctx.measureText(label).width;
    }
  }
  ctx.restore();
};

// Of the ticks of a logarithmic scale, those between powers of ten have no line.
const powers = (tick) => (Number.isInteger(Math.round(Math.log10(tick) * 1e6) / 1e6) ? tick : null);

const seriesOf = (chart, line, at) => {
  const stroke = colour(line.colour);
  const upper = line.upper ? at + 1 : null;
  const told = (u, value, _, i) => {
    if (value == null) return "–";
    const more = upper === null ? null : u.data[upper][i];
    const unit = chart.unit === "ms" ? " ms" : "";
    return more == null ? `${digits(value)}${unit}` : `${digits(value)} (${chart.measures[1]} ${digits(more)})${unit}`;
  };
  const main = {
    label: line.name,
    stroke,
    width: 1.5,
    fill: line.colour === "planned" ? `${stroke}40` : undefined,
    dash: DASHES[line.colour],
    value: told,
    points: { size: 4, fill: stroke },
  };
  return upper === null ? [main] : [main, { class: "upper", stroke: "transparent", width: 0, points: { show: false } }];
};

const draw = (chart, plot, isLogarithmic) => {
  const least = (value) => (value == null ? value : Math.max(value, LEAST));
  const points = (values) => (isLogarithmic ? values.map(least) : values);
  const data = [chart.x];
  const series = [{ label: "time", value: (_, x) => (x == null ? "–" : clock(x)) }];
  const bands = [];
  for (const line of chart.lines) {
    const at = series.length;
    series.push(...seriesOf(chart, line, at));
    data.push(points(line.values));
    if (line.upper) {
      data.push(points(line.upper));
      bands.push({ series: [at + 1, at], fill: `${colour(line.colour)}2e` });
    }
  }
  const axis = { stroke: colour("faint"), font: font(12), grid: { stroke: colour("rule"), width: 1 }, ticks: { show: false } };
  const options = {
    width: root.classList.contains("printing") ? Math.min(plot.clientWidth, PAPER) : plot.clientWidth,
    height: HEIGHT,
    padding: [18, 24, 0, 0],
    series,
    bands,
    cursor: { sync: { key: group, setSeries: false, scales: ["x", null] }, y: false, drag: { x: true, y: false } },
    scales: {
      x: { time: false, range: (u, from, to) => (from === u.data[0][0] && to === u.data[0].at(-1) ? [0, chart.end] : [from, to]) },
      y: isLogarithmic
        ? { distr: 3, range: (_, from, to) => (to > 0 ? uPlot.rangeLog(from, to, 10, true) : [LEAST, 1]) }
        : { range: (_, from, to) => [0, to > 0 ? to * 1.08 : 1] },
    },
    axes: [
      { ...axis, size: 28, values: (_, ticks) => ticks.map(clock), incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400] },
      {
        ...axis,
        grid: isLogarithmic ? { ...axis.grid, filter: (_, ticks) => ticks.map(powers) } : axis.grid,
        size: 64,
        label: chart.unit,
        labelSize: 18,
        labelFont: font(12),
        values: (_, ticks) => ticks.map((tick) => (tick == null ? "" : digits(tick))),
      },
    ],
    hooks: {
      drawClear: [marked(chart)],
      setSeries: [
        (u, at, changed) => {
          if (at !== null && changed.show != null && u.series[at + 1]?.class === "upper") u.setSeries(at + 1, { show: changed.show });
        },
      ],
    },
  };
  return new uPlot(options, data, plot);
};

const plotted = [];

const prepare = (figure) => {
  const chart = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const plot = figure.querySelector(".plot");
  const one = { chart, plot, isLogarithmic: chart.logarithmic, drawn: null };
  one.redraw = () => {
    one.drawn?.destroy();
    one.drawn = draw(chart, plot, one.isLogarithmic);
  };
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", `${chart.title}, ${chart.unit}; the values are in the table below`);
  if (chart.unit === "ms") {
    const button = document.createElement("button");
    const unit = figure.querySelector(".unit");
    const tell = () => {
      button.textContent = one.isLogarithmic ? "linear, from 0" : "logarithmic";
      unit.textContent = `, ${chart.unit}${one.isLogarithmic ? " (logarithmic)" : ""}`;
    };
    button.type = "button";
    button.addEventListener("click", () => {
      one.isLogarithmic = !one.isLogarithmic;
      tell();
      one.redraw();
    });
    tell();
    figure.prepend(button);
  }
  one.redraw();
  figure.querySelector("details").open = false;
  plotted.push(one);
};

const redraw = () => plotted.forEach((one) => one.redraw());

root.querySelectorAll("figure").forEach(prepare);
dark.addEventListener("change", redraw);
new ResizeObserver(() => {
  for (const { drawn, plot } of plotted) {
    if (plot.clientWidth && plot.clientWidth !== drawn.width) drawn.setSize({ width: plot.clientWidth, height: HEIGHT });
  }
}).observe(root);
// Paper is white.
addEventListener("beforeprint", () => { root.classList.add("printing"); redraw(); });
addEventListener("afterprint", () => { root.classList.remove("printing"); redraw(); });
