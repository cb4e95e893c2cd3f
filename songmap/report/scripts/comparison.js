// The comparison: AMI with its intervals, and the table of all scores.

const MAIN = [
  "model", "algorithm", "k", "coverage", "silhouette", "common_silhouette",
  "genre_ami", "genre_ami_p", "genre_nmi", "genre_purity", "language_ami", "language_ami_p", "language_nmi", "degenerate",
];
const TEXT = new Set(["model", "algorithm", "informed_by", "collapsed", "common_space", "degenerate"]);
const sorting = { column: null, up: false };

/** A model's name with its marks. */
const marked = row => row.model + (row.informed_by ? " *" : "") + (row.collapsed ? " !" : "");

function drawComparison() {
  const { columns, rows } = part("evaluation");
  const all = rows.map(values => Object.fromEntries(columns.map((column, i) => [column, values[i]])));
  const algorithms = [...new Set(all.filter(row => row.model !== "chance").map(row => row.algorithm))];
  const select = el("select", { id: "algorithm" }, el("option", { value: "" }, "all"), algorithms.map(name => el("option", { value: name }, name)));
  select.value = algorithms.includes("kmeans") ? "kmeans" : "";
  const every = el("input", { type: "checkbox", id: "every" });
  if ($("ami")) Plotly.purge("ami");
  const redraw = () => $("scores").replaceChildren(scoreTable(all, columns, select.value, every.checked, redraw));
  select.addEventListener("change", redraw);
  every.addEventListener("change", redraw);
  fill("view-comparison",
    el("h2", {}, "Comparison"),
    el("p", { className: "soft" }, "AMI is agreement with a label, corrected for chance: 0 by chance, 1 at best. No label enters a feature. ",
      "* the model was told the label; ! fewer than a quarter of its latent dimensions are active."),
    el("div", { className: "panel" }, el("h3", {}, "AMI of k-means, with 95 % intervals, or its deviation over seeds"), el("div", { id: "ami" })),
    el("div", { className: "controls" },
      el("label", { className: "field" }, "Algorithm ", select), el("label", { className: "field" }, every, "All columns")),
    el("div", { className: "scroll", id: "scores", tabIndex: 0, role: "region", "aria-label": "Scores" }));
  redraw();
  drawAmi(all);
}

function scoreTable(all, columns, algorithm, every, redraw) {
  const shown = every ? columns : MAIN.filter(column => columns.includes(column));
  let rows = all.filter(row => !algorithm || row.algorithm === algorithm || row.model === "chance");
  if (sorting.column) rows = sorted(rows);
  const head = shown.map(column => {
    const button = el("button", { type: "button" }, column.replaceAll("_", " ") + (sorting.column === column ? (sorting.up ? " ↑" : " ↓") : ""));
    button.addEventListener("click", () => {
      sorting.up = sorting.column === column ? !sorting.up : TEXT.has(column);
      sorting.column = column;
      redraw();
      $("scores").querySelectorAll("thead button")[shown.indexOf(column)].focus();
    });
    const order = sorting.column === column ? (sorting.up ? "ascending" : "descending") : "none";
    return el("th", { scope: "col", "aria-sort": order, className: TEXT.has(column) ? "text" : "" }, button);
  });
  return el("table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows.map(row => el("tr", {}, shown.map(column => cell(row, column))))));
}

function sorted(rows) {
  const { column, up } = sorting;
  const value = row => (TEXT.has(column) ? row[column] : Number(row[column]));
  const blank = row => row[column] === "";
  return [...rows].sort((a, b) => blank(a) - blank(b)
    || (up ? 1 : -1) * (TEXT.has(column) ? value(a).localeCompare(value(b)) : value(a) - value(b)));
}

function cell(row, column) {
  if (column === "model") return said("th", marked(row), { scope: "row" });
  const value = row[column];
  if (TEXT.has(column)) return said("td", value.replaceAll("_", " "), { className: column === "degenerate" ? "text warn" : "text" });
  const [label] = column.split("_");
  const told = row.informed_by && row.informed_by.split("_").includes(label) ? " *" : "";
  const low = row[`${column}_low`], high = row[`${column}_high`], spread = row[`${column}_sd`];
  return el("td", {}, value === "" ? "–" : tidy(value) + told,
    low && high && !spread ? el("small", {}, ` ${tidy(low)} to ${tidy(high)}`) : null, spread ? el("small", {}, ` ± ${tidy(spread)}`) : null);
}

function tidy(value) {
  const number = Number(value);
  return (Number.isInteger(number) ? String(number) : number.toFixed(Math.abs(number) < 10 ? 3 : 1)).replace("-", "−");
}

function reach(row, column, end) {
  if (row[`${column}_sd`]) return Number(row[`${column}_sd`]);
  return row[`${column}_${end}`] === "" ? 0 : Math.abs(row[`${column}_${end}`] - row[column]);
}

function drawAmi(all) {
  const rows = all.filter(row => row.algorithm === "kmeans").reverse();
  const traces = [["genre", 0, "circle"], ["language", 3, "diamond"]].map(([label, colour, symbol], i) => ({
    type: "scatter", mode: "markers", name: label, hoverinfo: "none", y: rows.map((_, y) => y + (i ? -0.16 : 0.16)),
    x: rows.map(row => (row[`${label}_ami`] === "" ? null : Number(row[`${label}_ami`]))),
    error_x: {
      type: "data", symmetric: false, thickness: 1.5, width: 0,
      array: rows.map(row => reach(row, `${label}_ami`, "high")),
      arrayminus: rows.map(row => reach(row, `${label}_ami`, "low")),
    },
    marker: { color: PALETTE[state.theme][colour], symbol, size: 8 },
  }));
  const narrow = innerWidth < 600;
  $("ami").style.height = `${70 + 30 * rows.length}px`;
  Plotly.react("ami", traces, {
    ...bareLayout(), margin: { l: 8, r: 16, t: 34, b: 30 }, showlegend: true, dragmode: false,
    legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom" },
    xaxis: { gridcolor: css("--line"), zerolinecolor: css("--soft"), fixedrange: true, tickfont: { color: css("--soft") } },
    yaxis: {
      tickvals: rows.map((_, y) => y), ticktext: rows.map(marked), showgrid: false, zeroline: false, fixedrange: true,
      automargin: true, range: [-0.6, rows.length - 0.4], tickfont: { size: narrow ? 11 : 13 },
    },
  }, { displayModeBar: false, responsive: true });
}

const bareLayout = () => ({ paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: FONT(), autosize: true, hovermode: false });
