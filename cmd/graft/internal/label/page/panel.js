// The panel: classes, and what is known of the head.
function showClasses() {
  const keys = keysOf();
  const signature = JSON.stringify(state.classes);
  if (signature === showClasses.last) return;
  showClasses.last = signature;
  const focused = document.activeElement && document.activeElement.dataset && document.activeElement.dataset.class;
  id("classes").replaceChildren(...state.classes.map((c) => {
    const li = make("li"), b = make("button");
    b.type = "button";
    b.dataset.class = c.id;
    b.style.setProperty("--c", colour(c.id));
    for (const k of keys.get(c.id)) b.append(make("kbd", "", k));
    b.append(make("bdi", "", c.name), make("span", "n", c.labelled + (c.suggested ? " + " + c.suggested + "?" : "")));
    b.title = `${c.name}: ${c.labelled} labelled, ${c.suggested} suggested`;
    b.onclick = () => {
      give(selected(), c.name);
      id("wall").focus({preventScroll: true});
    };
    li.append(b);
    return li;
  }));
  if (focused !== undefined) {
    const b = id("classes").querySelector(`[data-class="${focused}"]`);
    if (b) b.focus();
  }
  id("edit").disabled = !state.classes.length;
  showClassViews();
}

// showClassViews offers a view of each class: what has its label, or is thought to be of it.
function showClassViews() {
  const view = id("view").value;
  id("of-class").replaceChildren(...state.classes.map((c) => {
    const option = make("option", "", c.name);
    option.value = "class:" + c.id;
    return option;
  }));
  id("view").value = view;
  if (id("view").value !== view) { // the class is gone
    id("view").value = "ask";
    order(true);
  }
}

function accuracyText(a, nothing) {
  if (!a || !a.total) return [nothing];
  return [make("b", "", (a.right / a.total).toFixed(3)), ` of ${a.total}, ${a.interval.low.toFixed(2)}–${a.interval.high.toFixed(2)}`];
}

function showKnown() {
  id("count").textContent = ` ${state.labelled} of ${state.photos} labelled`;
  id("busy").hidden = !state.busy && state.computed === state.photos;
  id("computed").max = Math.max(1, state.photos);
  id("computed").value = state.computed;
  id("computed-text").textContent = `Features of ${state.computed} of ${state.photos}` + (state.failed ? `, ${state.failed} cannot be read` : "");
  const live = state.live;
  id("honest").replaceChildren(...accuracyText(live.honest, "Nothing yet: every fifth question or so is for it"));
  id("crossed").replaceChildren(...accuracyText(live.crossed, "Nothing yet: it takes ten labels"));
  id("forecast").textContent = state.first && state.classes.length < 2 ? "The first questions are the centres of clusters." :
    live.forecast > 0 ? `About ${live.forecast} more labels for one point.` : live.forecast < 0 ? "More labels will hardly help." : "";
  const rows = state.classes.map((c) => {
    const tr = make("tr"), share = (a) => a && a.classes && a.classes[c.id] ? a.classes[c.id].join(" of ") : "–";
    const th = make("th", "", c.name);
    th.scope = "row";
    tr.append(th, make("td", "", share(live.honest)), make("td", "", share(live.crossed)));
    return tr;
  });
  id("by-class").hidden = !rows.length || !(live.crossed && live.crossed.total);
  id("by-class-rows").replaceChildren(...rows);
  id("undo").disabled = !state.undo;
  id("trouble").replaceChildren(...state.trouble.map((t) => make("p", "", t)));
  showCurve(live.curve || []);
}

function svg(tag, attributes, text) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const k in attributes) e.setAttribute(k, attributes[k]);
  if (text !== undefined) e.textContent = text;
  return e;
}

// showCurve draws accuracy over labels.
function showCurve(points) {
  id("curve").hidden = points.length < 2;
  if (points.length < 2) return;
  const w = 240, h = 96, low = Math.min(...points.map((p) => p.accuracy), 0.95), floor = Math.max(0, Math.floor(low * 10) / 10);
  const x = (n) => 30 + (w - 40) * n / points[points.length - 1].labels, y = (a) => 8 + (h - 28) * (1 - a) / (1 - floor);
  const s = svg("svg", {viewBox: `0 0 ${w} ${h}`, role: "img", "aria-label": "Accuracy over labels: " + points.map((p) => `${p.accuracy.toFixed(2)} with ${p.labels}`).join(", ")});
  for (const a of [floor, 1]) s.append(svg("line", {class: "axis", x1: 30, x2: w, y1: y(a), y2: y(a)}), svg("text", {x: 0, y: y(a) + 3}, a.toFixed(1)));
  s.append(svg("polyline", {class: "line", points: points.map((p) => x(p.labels) + "," + y(p.accuracy)).join(" ")}));
  for (const p of points) s.append(svg("circle", {cx: x(p.labels), cy: y(p.accuracy), r: 2.5}));
  const last = points[points.length - 1];
  s.append(svg("text", {x: 30, y: h - 4}, "0"), svg("text", {x: w - 4, y: h - 4, "text-anchor": "end"}, last.labels + " labels"));
  id("curve").replaceChildren(s);
}
