// The run: its parameters, the versions of what computed it, and the models that were left out.

function drawRun() {
  const run = part("run");
  const pairs = entries => el("dl", { className: "facts" }, entries.flatMap(([name, value]) => [said("dt", name), said("dd", value)]));
  const left = Object.entries(about.left_out);
  fill("view-run",
    el("h2", {}, "Run"),
    left.length ? el("div", { className: "panel" }, el("h3", {}, "Models left out"), pairs(left)) : null,
    el("div", { className: "two" },
      el("div", { className: "panel" }, el("h3", {}, "params.yaml"), el("pre", { tabIndex: 0 }, run.params)),
      el("div", { className: "panel" }, el("h3", {}, "Versions"), pairs(Object.entries(run.versions)))));
}
