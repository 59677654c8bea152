"use strict";
/* Makes the sections in a document or an element work: commands copy, tables sort, points turn, films stop. */
function enliven(root) {
  for (const code of root.querySelectorAll(".command code")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const range = document.createRange();
      range.selectNodeContents(code);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      try { await navigator.clipboard.writeText(code.textContent); } catch { document.execCommand("copy"); }
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    code.parentElement.append(button);
  }
  for (const table of root.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const first = head.dataset.first || "ascending", other = first === "ascending" ? "descending" : "ascending";
        const order = head.getAttribute("aria-sort") === first ? other : first;
        heads.forEach(one => one.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        const value = row => row.cells[column]?.dataset.value ?? (column ? "" : row.cells[0].textContent);
        const compare = (a, b) => {
          const [x, y] = [value(a), value(b)];
          if (x === "" || y === "") return (x === "") - (y === "");
          return sign * (column ? x - y : x.localeCompare(y));
        };
        for (const body of table.tBodies) {
          body.append(...[...body.rows].filter(row => row.cells[0].scope === "row").sort(compare));
        }
      });
    });
  }
  for (const picture of root.querySelectorAll("img[data-points]")) {
    const { columns, symbols, colours, sets } = JSON.parse(picture.dataset.points);
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d"), foot = 22;
    const axes = sets.map(() => [[1, 0, 0], [0, 1, 0], [0, 0, 1]]);
    const rows = Math.ceil(sets.length / columns), far = place => Math.hypot(...place);
    const most = Math.max(1, ...sets.flatMap(one => one.at.map(far)));
    canvas.className = "turned";
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${picture.alt}. Drag one to turn it; arrow keys turn all`);
    const side = () => canvas.clientWidth / columns;
    const circle = (x, y, size, kind) => {
      pen.beginPath();
      pen.arc(x, y, size, 0, 2 * Math.PI);
      pen.fillStyle = colours[kind];
      pen.fill();
      pen.stroke();
    };
    const drawn = (one, number) => {
      const cell = side(), scale = 0.44 * cell / most;
      const x0 = (number % columns + 0.5) * cell, y0 = (Math.floor(number / columns) + 0.5) * cell;
      const at = one.at.map(place => axes[number].map(axis => axis.reduce((sum, part, k) => sum + part * place[k], 0)));
      const screen = ([x, y]) => [x0 + scale * x, y0 - scale * y];
      const parts = at.map((place, i) => [place[2], () => circle(...screen(place), cell * (0.05 + 0.012 * place[2] / most), one.kinds[i])]);
      for (const [i, j] of one.joined) {
        parts.push([Math.min(at[i][2], at[j][2]) - 1e-3, () => {
          pen.beginPath();
          pen.moveTo(...screen(at[i]));
          pen.lineTo(...screen(at[j]));
          pen.save();
          [pen.lineWidth, pen.strokeStyle] = [Math.max(1.5, 0.022 * cell), "#747f90"];
          pen.stroke();
          pen.restore();
        }]);
      }
      parts.sort((a, b) => a[0] - b[0]).forEach(([, paint]) => paint());
    };
    const draw = () => {
      const width = canvas.clientWidth, height = rows * side() + foot, sharp = devicePixelRatio || 1;
      if (!width) return;
      [canvas.width, canvas.height, canvas.style.height] = [width * sharp, height * sharp, `${height}px`];
      pen.scale(sharp, sharp);
      [pen.lineWidth, pen.strokeStyle, pen.font] = [0.75, "#fff", "12px system-ui, sans-serif"];
      sets.forEach(drawn);
      let x = 8;
      for (const kind of new Set(sets.flatMap(one => one.kinds).sort((a, b) => a - b))) {
        circle(x, height - foot / 2, 5, kind);
        pen.fillStyle = "#747f90";
        pen.fillText(symbols[kind], x + 9, height - foot / 2 + 4);
        x += 24 + pen.measureText(symbols[kind]).width;
      }
    };
    const turn = (number, across, down) => {
      const [c, s, d, e] = [Math.cos(across), Math.sin(across), Math.cos(down), Math.sin(down)];
      const by = [[c, 0, s], [s * e, d, -c * e], [-s * d, e, c * d]];
      axes[number] = by.map(row => [0, 1, 2].map(k => row.reduce((sum, part, i) => sum + part * axes[number][i][k], 0)));
    };
    let held = null;
    canvas.addEventListener("pointerdown", event => {
      const number = Math.floor(event.offsetX / side()) + columns * Math.floor(event.offsetY / side());
      held = number < sets.length ? [number, event.clientX, event.clientY] : null;
      if (held) canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", event => {
      if (!held) return;
      turn(held[0], (event.clientX - held[1]) / 60, (event.clientY - held[2]) / 60);
      held = [held[0], event.clientX, event.clientY];
      draw();
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { held = null; });
    canvas.addEventListener("keydown", event => {
      const way = { ArrowLeft: [-0.2, 0], ArrowRight: [0.2, 0], ArrowUp: [0, -0.2], ArrowDown: [0, 0.2] }[event.key];
      if (!way) return;
      event.preventDefault();
      sets.forEach((_, number) => turn(number, ...way));
      draw();
    });
    picture.after(canvas);
    picture.classList.add("still");
    let last = 0;
    new ResizeObserver(() => { if (canvas.clientWidth !== last) { last = canvas.clientWidth; draw(); } }).observe(canvas);
  }
  for (const picture of root.querySelectorAll("img[data-film]")) {
    const film = new Image(), canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    film.addEventListener("load", () => {
      const [width, height] = [picture.naturalWidth || film.naturalWidth, picture.naturalHeight];
      const frames = Math.round(film.naturalHeight / height), bar = document.createElement("p");
      const slider = document.createElement("input"), play = document.createElement("button"), at = document.createElement("span");
      const show = moving => {
        canvas.hidden = moving;
        picture.classList.toggle("still", !moving);
        at.textContent = moving ? "playing" : `frame ${slider.value} of ${frames}`;
        if (!moving) pen.drawImage(film, 0, (slider.value - 1) * height, width, height, 0, 0, width, height);
      };
      [canvas.width, canvas.height, bar.className] = [width, height, "film"];
      [slider.type, slider.min, slider.max, slider.value] = ["range", 1, frames, 1];
      slider.setAttribute("aria-label", `Frame of ${picture.alt}`);
      [play.type, play.textContent] = ["button", "Play"];
      slider.addEventListener("input", () => show(false));
      play.addEventListener("click", () => show(true));
      bar.append(slider, play, at);
      picture.after(canvas, bar);
      show(true);
    });
    picture.decode().then(() => { film.src = picture.dataset.film; }, () => {});
  }
}
