"use strict";
(function () {
  // Tables: a click on a column head sorts by it; a second click turns the order around. Columns of the class "num"
  // are numbers, and what is none comes after them; in all others "run 9" stands before "run 10".
  var words = new Intl.Collator("en", { numeric: true });

  function cellText(row, column) { return row.cells[column].textContent.trim(); }

  function compareNumbers(a, b) {
    var x = parseFloat(a), y = parseFloat(b);
    return isNaN(x) || isNaN(y) ? Number(isNaN(x)) - Number(isNaN(y)) : x - y;
  }

  function sortBy(table, column) {
    var heads = table.tHead.rows[0].cells;
    var order = heads[column].getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    for (var i = 0; i < heads.length; i++) heads[i].removeAttribute("aria-sort");
    heads[column].setAttribute("aria-sort", order);
    var rows = Array.prototype.slice.call(table.tBodies[0].rows);
    var compare = heads[column].classList.contains("num") ? compareNumbers : words.compare;
    rows.sort(function (a, b) {
      var result = compare(cellText(a, column), cellText(b, column));
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

  // Clips: `changeling report serve` answers /clip/DIGEST; as a file the page keeps its pictures alone.
  if (location.protocol === "http:") {
    document.querySelectorAll("[data-clip]").forEach(function (holder) {
      var video = document.createElement("video");
      video.controls = true;
      video.preload = "metadata";
      video.setAttribute("aria-label", holder.dataset.label);
      video.addEventListener("error", function () { holder.remove(); });
      video.src = "/clip/" + holder.dataset.clip + "#t=0.001"; // shows the first frame before it is played
      holder.appendChild(video);
    });
  }

  // Charts: where the library is inlined, values become readable point by point. The static charts stay for
  // print and for readers without scripts.
  if (typeof uPlot === "undefined") return;
  var report = JSON.parse(document.getElementById("report-data").textContent);
  var colors = ["--accent", "--accent", "--series-2", "--series-3", "--series-4", "--series-5"];
  var byName = {};
  (report.metrics || []).forEach(function (metric) { byName[metric.name] = metric; });
  var live = [];

  function color(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function axes(label) {
    var axis = { stroke: color("--quiet"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false } };
    return [Object.assign({ label: label, labelSize: 20, size: 32 }, axis),
      Object.assign({ size: 68, values: tickTexts }, axis)];
  }

  // As many digits as tell neighbouring ticks apart.
  function tickTexts(plot, ticks, axis, space, step) {
    var digits = Math.max(0, Math.ceil(1 - Math.log10(step) - 1e-9));
    return ticks.map(function (tick) {
      return tick === null ? "" : digits > 6 ? tick.toExponential(2) : String(Number(tick.toFixed(digits)));
    });
  }

  function valueText(plot, value) {
    return value === null || value === undefined ? "\u2013" : String(Number(value.toPrecision(5)));
  }

  function dots(label, name, size) {
    return { label: label, value: valueText, stroke: color(name), width: 1.5, paths: function () { return null; },
      points: { show: true, size: size, fill: color(name) } };
  }

  // As wide as the values, also where all are equal.
  function tight(plot, low, high) {
    if (low === null) return [0, 1];
    var margin = (high - low || Math.abs(low) || 1) / 20;
    return [low - margin, high + margin];
  }

  // Clips in ascending order.
  function sortedChart(holder) {
    var values = report.metrics[Number(holder.dataset.metric)].clip_values;
    var axis = axes("clip, lowest first");
    axis[0].incrs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10000, 100000];
    return {
      data: [values.map(function (_, index) { return index + 1; }), values],
      options: {
        height: 190,
        cursor: { y: false },
        scales: { x: { time: false, range: [0.5, values.length + 0.5] }, y: { range: tight } },
        axes: axis,
        series: [{ label: "clip", value: valueText }, { label: "value", value: valueText, stroke: color("--accent"), width: 1.5,
          points: { show: values.length < 200, size: 6, fill: color("--accent") } }]
      }
    };
  }

  function scatterAxes(label) {
    var pair = axes(label);
    pair[0].values = tickTexts;
    return pair;
  }

  // The first column across, the others upwards; the line is "no change".
  function scatterChart(holder) {
    var clips = byName[holder.dataset.metric].clips.filter(function (clip) { return clip.values[0] !== null; });
    clips.sort(function (a, b) { return a.values[0] - b.values[0]; });
    var across = clips.map(function (clip) { return clip.values[0]; });
    var columns = report.sides.slice(1).map(function (_, side) {
      return clips.map(function (clip) { return clip.values[side + 1]; });
    });
    var all = across.concat.apply(across, columns).filter(function (value) { return value !== null; });
    var range = tight(null, Math.min.apply(null, all), Math.max.apply(null, all));
    // The line reaches from corner to corner; no clip stands there.
    columns.forEach(function (values) { values.unshift(null); values.push(null); });
    across.unshift(range[0]);
    across.push(range[1]);
    var series = report.sides.slice(1).map(function (side, index) {
      return dots(side.letter, colors[(index + 1) % colors.length], clips.length < 500 ? 6 : 3);
    });
    return {
      data: [across, across].concat(columns),
      options: {
        height: 300,
        scales: { x: { time: false, range: range }, y: { range: range } },
        axes: scatterAxes(report.sides[0].letter),
        series: [{ label: report.sides[0].letter, value: valueText },
          { label: "no change", value: valueText, stroke: color("--quiet"), width: 1, dash: [4, 4], points: { show: false } }].concat(series)
      }
    };
  }

  // A line before every run that differs from the one before it in more than its clips.
  function drawChanges(plot) {
    plot.ctx.save();
    plot.ctx.strokeStyle = color("--quiet");
    plot.ctx.setLineDash([4, 6]);
    plot.ctx.beginPath();
    report.runs.forEach(function (run, index) {
      if (run.marks.length === 0) return;
      var x = plot.valToPos(index + 0.5, "x", true);
      plot.ctx.moveTo(x, plot.bbox.top);
      plot.ctx.lineTo(x, plot.bbox.top + plot.bbox.height);
    });
    plot.ctx.stroke();
    plot.ctx.restore();
  }

  // One line per method with the band of its interval.
  function trendChart(holder) {
    var metric = byName[holder.dataset.metric];
    var data = [report.runs.map(function (_, index) { return index + 1; })];
    var series = [{ label: "run", value: valueText }];
    var bands = [];
    metric.series.forEach(function (one, index) {
      var name = colors[(index + 1) % colors.length];
      ["ci_high", "mean", "ci_low"].forEach(function (part) {
        data.push(one.values.map(function (value) { return value[part]; }));
      });
      var edge = { value: valueText, stroke: "transparent", width: 0, points: { show: false } };
      series.push(Object.assign({ label: one.method + " high" }, edge));
      series.push({ label: one.method, value: valueText, stroke: color(name), width: 2, points: { show: true, size: 7, fill: color(name) } });
      series.push(Object.assign({ label: one.method + " low" }, edge));
      bands.push({ series: [3 * index + 1, 3 * index + 3], fill: color(name) + "33" });
    });
    var axis = axes("run, oldest first");
    axis[0].incrs = [1, 2, 5, 10, 20, 50, 100];
    return {
      data: data,
      options: {
        height: 240,
        scales: { x: { time: false, range: [0.5, report.runs.length + 0.5] }, y: { range: tight } },
        axes: axis,
        series: series,
        bands: bands,
        hooks: { drawAxes: [drawChanges] }
      }
    };
  }

  function draw(holder) {
    var kinds = { sorted: sortedChart, scatter: scatterChart, trend: trendChart };
    var chart = kinds[holder.dataset.kind](holder);
    chart.options.width = holder.clientWidth;
    var plot = new uPlot(chart.options, chart.data, holder);
    holder.dataset.drawn = "yes";
    return plot;
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
      live[index].setSize({ width: holder.clientWidth, height: live[index].height });
    });
  });
})();
