"use strict";
(function () {
  // Tables: a click on a column head sorts by it; a second click turns the order around.
  function cellValue(row, column) {
    var text = row.cells[column].textContent.trim();
    var number = parseFloat(text);
    return { text: text, number: isNaN(number) ? null : number };
  }

  function compare(a, b) {
    if (a.number !== null && b.number !== null) return a.number - b.number;
    if (a.number !== null || b.number !== null) return a.number !== null ? -1 : 1;
    return a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
  }

  function sortBy(table, column) {
    var heads = table.tHead.rows[0].cells;
    var order = heads[column].getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    for (var i = 0; i < heads.length; i++) heads[i].removeAttribute("aria-sort");
    heads[column].setAttribute("aria-sort", order);
    var rows = Array.prototype.slice.call(table.tBodies[0].rows);
    rows.sort(function (a, b) {
      var result = compare(cellValue(a, column), cellValue(b, column));
      return order === "ascending" ? result : -result;
    });
    rows.forEach(function (row) { table.tBodies[0].appendChild(row); });
  }

  document.querySelectorAll("table.sortable").forEach(function (table) {
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, column) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.addEventListener("click", function () { sortBy(table, column); });
      head.textContent = "";
      head.appendChild(button);
    });
  });

  // Charts: where the library is inlined, the sorted values become readable point by point. The static
  // chart stays for print and for readers without scripts.
  if (typeof uPlot === "undefined") return;
  var report = JSON.parse(document.getElementById("report-data").textContent);
  var byName = {};
  report.metrics.forEach(function (metric) { byName[metric.name] = metric; });
  var live = [];

  function color(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function draw(holder) {
    var values = byName[holder.dataset.metric].clip_values;
    var axis = { stroke: color("--quiet"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false } };
    var options = {
      width: holder.clientWidth,
      height: 190,
      cursor: { y: false },
      scales: { x: { time: false, range: [0.5, values.length + 0.5] } },
      axes: [Object.assign({ label: "clip, lowest first", labelSize: 20, size: 32, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10000] }, axis), Object.assign({ size: 56 }, axis)],
      series: [
        { label: "clip" },
        { label: "value", stroke: color("--accent"), width: 1.5, points: { show: values.length < 200, size: 6, fill: color("--accent") } }
      ]
    };
    return new uPlot(options, [values.map(function (_, index) { return index + 1; }), values], holder);
  }

  function drawAll() {
    live.forEach(function (chart) { chart.destroy(); });
    live = [];
    document.querySelectorAll(".chart").forEach(function (holder) {
      holder.classList.add("live");
      live.push(draw(holder));
    });
  }

  drawAll();
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  var width = window.innerWidth;
  window.addEventListener("resize", function () {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    document.querySelectorAll(".chart").forEach(function (holder, index) {
      live[index].setSize({ width: holder.clientWidth, height: 190 });
    });
  });
})();
