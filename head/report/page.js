"use strict";
// Points of the map show their image while the pointer rests on them.
(function () {
  var map = document.getElementById("map");
  if (!map) return;
  var peek = document.createElement("div");
  peek.id = "peek";
  peek.hidden = true;
  document.body.appendChild(peek);
  map.addEventListener("pointerover", function (e) {
    var link = e.target.closest ? e.target.closest("a[data-row]") : null;
    var photo = link && document.getElementById("i" + link.getAttribute("data-row"));
    peek.hidden = !photo;
    if (!photo) return;
    peek.replaceChildren(photo.cloneNode(true));
    peek.firstChild.removeAttribute("id");
    var box = link.getBoundingClientRect();
    var x = Math.min(box.right + 12, window.innerWidth - peek.offsetWidth - 8);
    var y = Math.min(box.top, window.innerHeight - peek.offsetHeight - 8);
    peek.style.left = Math.max(8, x) + "px";
    peek.style.top = Math.max(8, y) + "px";
  });
  map.addEventListener("pointerleave", function () { peek.hidden = true; });
})();
