"use strict";
(() => {
  const LEVELS = [1, 1.5, 2, 3, 4, 6, 8];
  const MOVE_BY = 60; // dots that an arrow moves a picture
  const MILLISECONDS = 120; // that a moment is shown while images play

  /* A figure that is made larger within its frame, and moved there. */
  function zoomable(box) {
    const view = box.querySelector(".hs-view");
    const paper = box.querySelector(".hs-paper");
    const controls = box.querySelector(".hs-controls");
    const told = box.querySelector("output");
    const buttons = [...controls.querySelectorAll("button")];
    const natural = paper.style.width;
    let level = 0;
    let width = 0;

    function show(next, x = 0.5, y = 0.5) {
      next = Math.min(Math.max(next, 0), LEVELS.length - 1);
      if (next === level) return;
      if (level === 0) {
        width = paper.clientWidth;
        view.style.height = `${view.offsetHeight}px`;
      }
      const frame = view.getBoundingClientRect();
      const before = paper.getBoundingClientRect();
      const [over, down] = [frame.left + x * frame.width, frame.top + y * frame.height];
      const [across, along] = [(over - before.left) / before.width, (down - before.top) / before.height];
      level = next;
      paper.style.width = level ? `${width * LEVELS[level]}px` : natural;
      paper.style.maxWidth = level ? "none" : "";
      if (level === 0) view.style.height = "";
      view.classList.toggle("hs-near", level > 0);
      const after = paper.getBoundingClientRect(); // what was at that point comes back to it
      view.scrollBy(after.left + across * after.width - over, after.top + along * after.height - down);
      told.textContent = `${100 * LEVELS[level]} %`;
      buttons[0].disabled = buttons[2].disabled = level === 0;
      buttons[1].disabled = level === LEVELS.length - 1;
    }

    function at(event) {
      const frame = view.getBoundingClientRect();
      return [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height];
    }

    for (const button of buttons) {
      const by = Number(button.dataset.by);
      button.addEventListener("click", () => show(by ? level + by : 0));
    }
    buttons[0].disabled = buttons[2].disabled = true;
    view.addEventListener("dblclick", (event) => show(level + 1, ...at(event)));
    view.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // others scroll the page
      event.preventDefault();
      show(level + (event.deltaY < 0 ? 1 : -1), ...at(event));
    }, { passive: false });
    view.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const by = { "+": 1, "=": 1, "-": -1 }[event.key];
      const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (by) show(level + by);
      else if (event.key === "0") show(0);
      else if (move && level) view.scrollBy(MOVE_BY * move[0], MOVE_BY * move[1]);
      else return;
      event.preventDefault();
    });
    let held = null;
    view.addEventListener("pointerdown", (event) => {
      if (level && event.button === 0 && event.pointerType === "mouse") held = [event.clientX, event.clientY];
    });
    window.addEventListener("pointermove", (event) => {
      if (!held) return;
      view.scrollBy(held[0] - event.clientX, held[1] - event.clientY);
      held = [event.clientX, event.clientY];
      event.preventDefault();
    });
    window.addEventListener("pointerup", () => { held = null; });
    controls.hidden = false;
  }

  /* Images at one of several moments, which a slider chooses. */
  function playable(figure) {
    const { rows, columns, images, values, colours } = figure.dataset;
    const bytes = Uint8Array.from(atob(values), (letter) => letter.charCodeAt(0));
    const palette = Uint8Array.from(atob(colours), (letter) => letter.charCodeAt(0));
    const size = Number(rows) * Number(columns);
    const canvases = [...figure.querySelectorAll("canvas")];
    const slider = figure.querySelector("input");
    const told = figure.querySelector("output");
    const button = figure.querySelector("button");
    const moments = slider.dataset.moments.split("|");
    let playing = 0;

    function draw() {
      const moment = Number(slider.value);
      canvases.forEach((canvas, image) => {
        const context = canvas.getContext("2d");
        const dots = context.createImageData(canvas.width, canvas.height);
        const begin = (moment * Number(images) + image) * size;
        for (let k = 0; k < size; k++) {
          const from = 4 * bytes[begin + k];
          for (let c = 0; c < 4; c++) dots.data[4 * k + c] = palette[from + c];
        }
        context.putImageData(dots, 0, 0);
      });
      told.textContent = moments[moment];
      slider.setAttribute("aria-valuetext", moments[moment]);
    }

    function stop() {
      clearInterval(playing);
      playing = 0;
      button.textContent = "play";
    }

    slider.addEventListener("input", () => { stop(); draw(); });
    button.addEventListener("click", () => {
      if (playing) return stop();
      if (Number(slider.value) === moments.length - 1) slider.value = 0;
      draw();
      button.textContent = "stop";
      playing = setInterval(() => {
        slider.value = Number(slider.value) + 1;
        draw();
        if (Number(slider.value) === moments.length - 1) stop();
      }, MILLISECONDS);
    });
    figure.querySelector(".hs-controls").hidden = false;
    draw();
  }

  document.querySelectorAll(".hs-zoom").forEach(zoomable);
  document.querySelectorAll(".hs-frames").forEach(playable);
})();
