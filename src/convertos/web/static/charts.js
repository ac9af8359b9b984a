// Draws each chart from the table beside it, so that there is one truth for eyes, readers and the clipboard.
import "./vendor/echarts.js";

const echarts = globalThis.echarts;
const drawn = new Map();

export function drawAll() {
  for (const figure of document.querySelectorAll("[data-chart]")) {
    if (!drawn.has(figure)) draw(figure);
  }
  for (const [figure, chart] of drawn) {
    if (figure.isConnected) continue;
    chart.dispose();
    drawn.delete(figure);
  }
}

function draw(figure) {
  const canvas = figure.querySelector(".chart-canvas");
  const chart = echarts.init(canvas, null, { renderer: "canvas" });
  const table = read(figure);
  chart.setOption(options(table));
  chart.on("click", (event) => {
    const link = table.steps[event.dataIndex]?.link;
    if (link) location.assign(link);
  });
  new ResizeObserver(() => chart.resize()).observe(canvas);
  drawn.set(figure, chart);
}

function read(figure) {
  const heads = [...figure.querySelectorAll("thead th")].slice(1);
  const rows = [...figure.querySelectorAll("tbody tr")];
  const numbers = (column) =>
    rows.map((row) => {
      const text = row.children[column + 1].dataset.value;
      return text === "" ? null : Number(text);
    });
  const texts = (column) => rows.map((row) => row.children[column + 1].textContent);
  return {
    kind: figure.dataset.chart,
    format: formatter(figure.dataset),
    steps: rows.map((row) => ({
      label: row.children[0].textContent,
      short: row.dataset.short,
      link: row.dataset.link,
      compared: row.dataset.compared,
    })),
    series: heads.map((head, column) => ({
      name: head.textContent,
      hue: head.dataset.hue,
      isComparison: "comparison" in head.dataset,
      numbers: numbers(column),
      texts: texts(column),
    })),
  };
}

function formatter({ locale, currency }) {
  const money = currency ? { style: "currency", currency } : {};
  const format = new Intl.NumberFormat(locale, { ...money, notation: "compact", maximumFractionDigits: 1 });
  return (number) => format.format(number);
}

// A colour as the page's theme makes it: light-dark() is only settled on an element.
function colour(name) {
  const probe = document.createElement("span");
  probe.className = "visually-hidden";
  document.body.append(probe);
  probe.style.color = `var(--${name})`;
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function options(table) {
  const [line, quiet, surface, strong] = ["line", "ink-quiet", "surface-raised", "line-strong"].map(colour);
  const main = table.series.filter((series) => !series.isComparison);
  const topOfStack = main.length - 1;
  return {
    animationDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 250,
    animationEasing: "cubicOut",
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 },
    grid: { left: 0, right: 8, top: 12, bottom: 4, containLabel: true },
    xAxis: {
      type: "category",
      data: table.steps.map((step) => step.short),
      boundaryGap: table.kind === "stacked",
      axisLine: { lineStyle: { color: line } },
      axisTick: { show: false },
      axisLabel: { color: quiet, hideOverlap: true, margin: 12 },
    },
    yAxis: {
      type: "value",
      splitNumber: 4,
      splitLine: { lineStyle: { color: line } },
      axisLabel: { color: quiet, formatter: table.format, margin: 12 },
    },
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: surface,
      borderColor: strong,
      borderWidth: 1,
      padding: [8, 12],
      transitionDuration: 0,
      extraCssText: "box-shadow: 0 8px 24px rgb(0 0 0 / 16%); border-radius: 8px;",
      axisPointer:
        table.kind === "stacked"
          ? { type: "shadow", shadowStyle: { color: quiet, opacity: 0.08 } }
          : { type: "line", lineStyle: { color: strong } },
      formatter: (points) => tip(table, points[0].dataIndex),
    },
    series: table.series.map((series) =>
      series.isComparison
        ? {
            name: series.name,
            type: "line",
            data: series.numbers,
            symbol: "none",
            lineStyle: { color: quiet, width: 1.5, type: [4, 4] },
            z: 5,
          }
        : {
            name: series.name,
            type: table.kind === "stacked" ? "bar" : "line",
            stack: table.kind === "stacked" ? "all" : undefined,
            data: series.numbers,
            symbol: "none",
            barMaxWidth: 28,
            barCategoryGap: "28%",
            lineStyle: { width: 2, color: colour(series.hue) },
            itemStyle: {
              color: colour(series.hue),
              borderRadius: table.kind === "stacked" && main.indexOf(series) === topOfStack ? [2, 2, 0, 0] : 0,
            },
            emphasis: { disabled: true },
          },
    ),
  };
}

const element = (className, ...children) => {
  const made = document.createElement("div");
  made.className = className;
  made.append(...children);
  return made;
};

// Elements, not text: inline styles in a tooltip's HTML would be stopped by the page's policy.
function tip(table, index) {
  const step = table.steps[index];
  const main = table.series.filter((series) => !series.isComparison && series.numbers[index]);
  main.sort((a, b) => b.numbers[index] - a.numbers[index]);
  const rows = main.map((series) => {
    const swatch = document.createElement("span");
    swatch.className = `swatch ${series.hue}`;
    return element("chart-tip-row", swatch, series.name, element("chart-tip-value", series.texts[index]));
  });
  const compared = table.series.filter((series) => series.isComparison);
  const more = compared.map((series) =>
    element(
      "chart-tip-row chart-tip-more",
      step.compared ?? series.name,
      element("chart-tip-value", series.texts[index]),
    ),
  );
  return element("chart-tip", element("chart-tip-head", step.label), ...rows, ...more);
}

document.addEventListener("themechange", () => {
  for (const [figure, chart] of drawn) chart.setOption(options(read(figure)));
});
