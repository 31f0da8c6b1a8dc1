"use strict";
// Photographs that are chosen, dropped, pasted or taken go to /classify; each
// answer is a card. Names of files and classes only ever become text.
(function () {
  var MOST = 200; // cards
  var token = "", models = [], waiting = [], busy = 0;
  function id(name) { return document.getElementById(name); }
  function make(tag, name, text) {
    var e = document.createElement(tag);
    if (name) e.className = name;
    if (text !== undefined) e.textContent = text;
    return e;
  }
  function sleep(ms) { return new Promise(function (done) { setTimeout(done, ms); }); }

  // ask sends a request, and again if the service is busy.
  async function ask(path, body) {
    for (var tries = 0; ; tries++) {
      var headers = body ? {"Content-Type": body.type || "application/octet-stream"} : {};
      if (token) headers.Authorization = "Bearer " + token;
      var r = await fetch(path, {method: body ? "POST" : "GET", body: body, headers: headers});
      if ((r.status !== 429 && r.status !== 503) || tries === 5) return r;
      await sleep(1000 * Math.min(10, Number(r.headers.get("Retry-After")) || 1));
    }
  }

  async function start() {
    var r;
    try {
      r = await ask("v2/models");
    } catch (e) {
      id("about").textContent = "The service does not answer.";
      return;
    }
    id("unlock").hidden = r.status !== 401;
    if (r.status === 401) {
      id("about").textContent = token ? "This token is not the right one." : "Who may ask has a token.";
      id("token").focus();
      return examples();
    }
    models = ((await r.json()).models || []).filter(function (m) { return m.state === "READY"; });
    id("model").replaceChildren.apply(id("model"), models.map(function (m) {
      var o = make("option", "", m.name);
      o.value = m.name;
      return o;
    }));
    id("choice").hidden = models.length < 2;
    chosen();
  }

  function model() { return models[Math.max(0, id("model").selectedIndex)]; }

  // chosen shows what there is to know of the model.
  function chosen() {
    var m = model();
    examples();
    if (!m) {
      id("about").textContent = "No model is ready.";
      return;
    }
    var some = m.labels.slice(0, 12).map(function (l) { return l.length > 40 ? l.slice(0, 39) + "…" : l; }).join(", ") + (m.labels.length > 12 ? ", …" : "");
    id("about").textContent = m.name + " tells " + m.labels.length + " classes apart: " + some + (some.endsWith("…") ? "" : ".");
    var notes = m.notes.concat(m.reason ? [m.reason] : []);
    id("notes").replaceChildren.apply(id("notes"), notes.map(function (n) { return make("p", "warnings", n); }));
  }

  function examples() {
    var here = location.href.replace(/[?#].*$/, "").replace(/\/$/, "");
    var m = model(), first = !m || m === models[0];
    var url = here + (first ? "" : "/models/" + m.name) + "/classify?top=3";
    var locked = token || !id("unlock").hidden;
    id("name").textContent = m ? m.name : "…";
    id("curl").textContent = "curl " + (locked ? "-H \"Authorization: Bearer $TOKEN\" " : "") + "--data-binary @photo.jpg '" + url + "'";
    id("python").textContent = "import json, " + (locked ? "os, " : "") + "urllib.request\n\n" +
      "request = urllib.request.Request(\"" + url + "\", open(\"photo.jpg\", \"rb\").read())\n" +
      (locked ? "request.add_header(\"Authorization\", \"Bearer \" + os.environ[\"TOKEN\"])\n" : "") +
      "result = json.load(urllib.request.urlopen(request))[\"results\"][0]\n" +
      "print(result[\"label\"], result[\"probability\"])";
    id("go").textContent = "photo, err := os.Open(\"photo.jpg\")\n…\nrequest, err := http.NewRequest(\"POST\", \"" + url + "\", photo)\n…\n" +
      (locked ? "request.Header.Set(\"Authorization\", \"Bearer \"+os.Getenv(\"TOKEN\"))\n" : "") +
      "response, err := http.DefaultClient.Do(request)\n…\nvar answer struct {\n\tResults []struct {\n\t\tLabel       string\n\t\tProbability float64\n\t\tError       string\n\t}\n}\n" +
      "err = json.NewDecoder(response.Body).Decode(&answer)";
  }

  // copy lets a press on a button copy an example, where pages may do that.
  function copy(button) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(id(button.value).textContent).then(function () {
        button.textContent = "Copied";
        setTimeout(function () { button.textContent = "Copy"; }, 1500);
      }, function () { button.textContent = "Not allowed"; });
    });
  }

  // card shows that a photograph waits; it is filled when the answer comes.
  function card(name) {
    var c = make("li", "answer waiting");
    c.append(make("div", "see"), make("h3", "", name), make("p", "best", "…"));
    c.setAttribute("aria-busy", "true");
    id("none").hidden = true;
    id("answers").prepend(c);
    while (id("answers").children.length > MOST) id("answers").lastChild.remove();
    return c;
  }

  function percent(p) { return (100 * p).toFixed(p > 0.9995 || p < 0.0005 ? 2 : 1) + " %"; }

  // fill shows the answer, r, of a model, m.
  function fill(c, name, r, m, times) {
    var see = make("div", "see", r.error ? "!" : "");
    see.setAttribute("aria-hidden", "true");
    if (r.crop) {
      see = make("img", "see");
      see.alt = "what the network saw of " + name;
      see.src = "data:image/jpeg;base64," + r.crop;
    }
    c.className = r.error ? "answer failed" : "answer";
    c.removeAttribute("aria-busy");
    var title = make("h3", "", name);
    title.title = name;
    c.replaceChildren(see, title, make("p", "best", r.error || r.label));
    if (!r.error) c.append(bars(r.top || [{label: r.label, probability: r.probability}]));
    if (r.cached) times = "seen before" + (times ? ", " + times : "");
    if (m && models.length > 1) times = m.name + (times ? ", " + times : "");
    if (times) c.append(make("p", "times", times));
    id("said").textContent = name + ": " + (r.error || r.label + ", " + percent(r.probability));
  }

  function bars(top) {
    var list = make("ol", "bars");
    top.forEach(function (s) {
      var line = make("li"), name = make("bdi", "", s.label), track = make("i"), bar = make("i");
      name.title = s.label;
      bar.style.width = 100 * s.probability + "%";
      track.setAttribute("aria-hidden", "true");
      track.append(bar);
      line.append(name, make("b", "", percent(s.probability)), track);
      list.append(line);
    });
    return list;
  }

  function spent(ms, took) {
    if (!ms) return "";
    var parts = [["queue", ms.queue], ["decode", ms.decode], ["trunk", ms.trunk]].filter(function (p) { return p[1] >= 0.5; });
    return Math.round(took) + " ms" + (parts.length ? ": " + parts.map(function (p) { return p[0] + " " + Math.round(p[1]); }).join(", ") : "");
  }

  async function send(file, name, c) {
    var began = performance.now(), m = model(), a;
    try {
      var r = await ask((m ? "models/" + m.name + "/" : "") + "classify?top=5&crop=1", file);
      a = await r.json();
      if (r.status === 401) start();
    } catch (e) {
      a = {error: "the service does not answer, or this file can no longer be read"};
    }
    var took = performance.now() - began;
    if (!a.results || !a.results.length) return fill(c, name, {error: a.error || "no answer"}, m);
    a.results.forEach(function (r, i) {
      fill(i ? card(name) : c, r.name || name, r, m, spent(a.results.length === 1 && a.milliseconds, took));
    });
  }

  // go sends what waits, two at a time.
  function go() {
    while (busy < 2 && waiting.length) {
      busy++;
      send.apply(null, waiting.shift()).finally(function () { busy--; go(); });
    }
  }

  function take(files) {
    Array.from(files).forEach(function (f) {
      var name = f.name || "pasted";
      waiting.push([f, name, card(name)]);
    });
    go();
  }

  ["files", "camera"].forEach(function (name) {
    id(name).addEventListener("change", function () {
      take(this.files);
      this.value = ""; // the same photograph again is a change, too
    });
  });
  document.querySelectorAll(".copy").forEach(copy);
  var over = 0;
  document.addEventListener("dragenter", function () { over++; document.body.classList.add("over"); });
  document.addEventListener("dragleave", function () { if (--over <= 0) document.body.classList.remove("over"); });
  document.addEventListener("dragover", function (e) { e.preventDefault(); });
  document.addEventListener("drop", function (e) {
    e.preventDefault();
    over = 0;
    document.body.classList.remove("over");
    take(e.dataTransfer.files);
  });
  document.addEventListener("paste", function (e) {
    if (e.clipboardData && e.clipboardData.files.length) take(e.clipboardData.files);
  });
  id("model").addEventListener("change", chosen);
  id("ask").addEventListener("submit", function (e) {
    e.preventDefault();
    token = id("token").value.trim();
    start();
  });
  start();
})();
