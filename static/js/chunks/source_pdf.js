// Draws one page of a PDF at a time, with the regions of a chunk. The library is loaded with the first PDF.
const SHARPEST = 2;
const LARGEST = 16_000_000; // pixels of a page: phones fail to draw more
const ZOOM = { least: 0.5, most: 4, step: 1.25 };
const SEARCHED = 500; // pages to search for a chunk whose position is unknown
const bare = (text) => text.replace(/\s+/g, "");
const SVG = "http://www.w3.org/2000/svg";

/** Opens the pane's file; returns the object that draws it, or null if it can't be read (the pane shows why). */
export async function open(pane) {
  const part = (name) => pane.querySelector(`[data-pdf-${name}]`);
  const words = part("words").dataset;
  const say = (text, isBad = false) => {
    part("note").hidden = !text;
    part("note").querySelector("span").textContent = text;
    part("note").classList.toggle("ra-bad", isBad);
  };
  say(words.loading);
  let file;
  let pdfjs;
  try {
    pdfjs = await import(pane.dataset.pdfjs);
    pdfjs.GlobalWorkerOptions.workerSrc = pane.dataset.worker;
    const task = pdfjs.getDocument({
      url: pane.dataset.file,
      isEvalSupported: false,
      useWasm: false,
      enableXfa: false,
      stopAtErrors: false,
      wasmUrl: pane.dataset.parts + "wasm/",
      cMapUrl: pane.dataset.parts + "cmaps/",
      standardFontDataUrl: pane.dataset.parts + "standard_fonts/",
    });
    task.onPassword = () => task.destroy();
    file = await task.promise;
  } catch (error) {
    say(error?.name === "InvalidPDFException" ? words.broken : words.failed, true);
    return null;
  }
  if (!file.numPages) {
    say(words.empty, true);
    return null;
  }
  return new Pages({ pane, part, words, say, file, pdfjs });
}

class Pages {
  constructor(given) {
    Object.assign(this, given, { number: 0, zoom: 1, regions: [], whose: "", drawing: null, turn: 0 });
    const { part } = this;
    this.view = part("view");
    part("page").max = this.file.numPages;
    part("count").textContent = this.file.numPages.toLocaleString();
    part("bar").hidden = false;
    part("before").addEventListener("click", () => this.go(this.number - 1));
    part("next").addEventListener("click", () => this.go(this.number + 1));
    part("page").addEventListener("change", () => this.go(part("page").valueAsNumber));
    part("out").addEventListener("click", () => this.scale(this.zoom / ZOOM.step));
    part("in").addEventListener("click", () => this.scale(this.zoom * ZOOM.step));
    part("fit").addEventListener("click", () => this.scale(1));
    let width = this.view.clientWidth;
    let waiting = 0;
    new ResizeObserver(() => {
      if (Math.abs(this.view.clientWidth - width) < 2) return;
      const wasHidden = !width;
      width = this.view.clientWidth;
      clearTimeout(waiting);
      waiting = setTimeout(() => this.number && this.draw(wasHidden), 150);
    }).observe(this.view);
  }

  /**
   * Marks these regions (page, left, right, top, bottom in points) and goes to the first of them. Without regions, the
   * pages are searched for the text of the chunk.
   */
  async show(regions, whose, text = "") {
    this.whose = whose;
    const asked = (this.asked = {});
    let known = regions.filter(([page]) => page >= 1 && page <= this.file.numPages);
    this.part("found").hidden = true;
    if (!known.length && text) {
      if (!this.number) this.go(1);
      known = await this.find(text, () => asked !== this.asked);
      if (asked !== this.asked) return;
      this.part("found").hidden = !known.length;
    }
    this.regions = known;
    this.listPages();
    const page = known.length ? Math.min(...known.map(([page]) => page)) : this.number || 1;
    this.go(page, true);
  }

  /** The regions of a text on the first page that contains its beginning; empty if there is no such page. */
  async find(text, isOver) {
    const wanted = bare(text);
    const begins = wanted.slice(0, 60);
    if (begins.length < 12) return [];
    for (let number = 1; number <= Math.min(this.file.numPages, SEARCHED) && !isOver(); number += 1) {
      const words = await this.wordsOf(number);
      const at = words.said.indexOf(begins);
      if (at < 0) continue;
      let end = at + begins.length;
      while (end < words.said.length && words.said[end] === wanted[end - at]) end += 1;
      return words.items.filter((item) => item.end > at && item.start < end).map((item) => [number, ...item.box]);
    }
    return [];
  }

  /** The text of a page without blanks, and the position of each piece. */
  async wordsOf(number) {
    this.texts ??= new Map();
    if (this.texts.has(number)) return this.texts.get(number);
    const page = await this.file.getPage(number);
    const viewport = page.getViewport({ scale: 1 });
    const { items } = await page.getTextContent();
    const words = { said: "", items: [] };
    for (const { str, transform, width, height } of items) {
      const said = bare(str ?? "");
      if (!said) continue;
      const [x, y] = transform.slice(4);
      const [x1, y1] = viewport.convertToViewportPoint(x, y - height * 0.25);
      const [x2, y2] = viewport.convertToViewportPoint(x + width, y + height);
      words.items.push({ start: words.said.length, end: words.said.length + said.length, box: [x1, x2, y1, y2] });
      words.said += said;
    }
    this.texts.set(number, words);
    return words;
  }

  listPages() {
    const pages = [...new Set(this.regions.map(([page]) => page))].sort((a, b) => a - b);
    const list = this.part("pages");
    list.hidden = pages.length < 2;
    this.part("list").replaceChildren(
      ...pages.slice(0, 12).map((page) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "btn btn-sm ra-ghost";
        button.textContent = page.toLocaleString();
        button.addEventListener("click", () => this.go(page, true));
        return button;
      }),
    );
    this.part("nowhere").hidden = this.regions.length > 0 || !this.whose;
  }

  go(number, toRegion = false) {
    const page = Math.min(Math.max(1, Math.round(number) || this.number || 1), this.file.numPages);
    this.part("page").value = page;
    if (page === this.number) {
      this.markRegions();
      if (toRegion) this.showRegion();
      return;
    }
    this.number = page;
    this.part("before").disabled = page === 1;
    this.part("next").disabled = page === this.file.numPages;
    this.draw(toRegion);
  }

  scale(zoom) {
    this.zoom = Math.min(Math.max(zoom, ZOOM.least), ZOOM.most);
    this.part("out").disabled = this.zoom <= ZOOM.least;
    this.part("in").disabled = this.zoom >= ZOOM.most;
    this.draw();
  }

  async draw(toRegion = false) {
    const turn = ++this.turn;
    this.drawing?.cancel();
    const number = this.number;
    if (!this.view.clientWidth) return; // hidden while the user types on a phone
    try {
      const page = await this.file.getPage(number);
      if (turn !== this.turn) return;
      const whole = page.getViewport({ scale: 1 });
      const style = getComputedStyle(this.view);
      const room = this.view.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      const scale = (room / whole.width) * this.zoom;
      const viewport = page.getViewport({ scale });
      const ratio = Math.min(devicePixelRatio, SHARPEST, Math.sqrt(LARGEST / (viewport.width * viewport.height)));
      const canvas = document.createElement("canvas");
      canvas.width = Math.floor(viewport.width * ratio);
      canvas.height = Math.floor(viewport.height * ratio);
      this.drawing = page.render({
        canvas,
        viewport,
        transform: ratio === 1 ? null : [ratio, 0, 0, ratio, 0, 0],
      });
      await this.drawing.promise;
      if (turn !== this.turn) return;
      this.put(page, canvas, viewport, whole);
      if (toRegion) this.showRegion();
      const text = document.createElement("div");
      text.className = "ra-pdf-text";
      const layer = new this.pdfjs.TextLayer({ textContentSource: page.streamTextContent(), container: text, viewport });
      await layer.render();
      if (turn === this.turn) this.sheet.append(text);
    } catch (error) {
      if (turn === this.turn && error?.name !== "RenderingCancelledException") this.say(this.words.page, true);
    }
  }

  put(page, canvas, viewport, whole) {
    this.say("");
    this.sheet = document.createElement("div");
    this.sheet.className = "ra-pdf-page";
    this.sheet.style.width = `${viewport.width}px`;
    this.sheet.style.height = `${viewport.height}px`;
    this.sheet.style.setProperty("--total-scale-factor", viewport.scale);
    this.marks = document.createElementNS(SVG, "svg");
    this.marks.setAttribute("class", "ra-pdf-marks");
    this.marks.setAttribute("viewBox", `0 0 ${whole.width} ${whole.height}`);
    this.marks.setAttribute("aria-hidden", "true");
    this.whole = whole;
    this.sheet.append(canvas, this.marks);
    this.part("sheet").replaceChildren(this.sheet);
    this.markRegions();
    this.lastPage?.cleanup();
    this.lastPage = page;
  }

  markRegions() {
    if (!this.marks) return;
    const here = this.regions.filter(([page]) => page === this.number);
    this.marks.replaceChildren(
      ...here.map(([, left, right, top, bottom]) => {
        const box = document.createElementNS(SVG, "rect");
        box.setAttribute("x", Math.min(left, right) - 2);
        box.setAttribute("y", Math.min(top, bottom) - 2);
        box.setAttribute("width", Math.abs(right - left) + 4);
        box.setAttribute("height", Math.abs(bottom - top) + 4);
        box.setAttribute("rx", 2);
        return box;
      }),
    );
    const words = here.length ? this.words.marked : this.words.plain;
    const said = words.replace("{page}", this.number).replace("{of}", this.file.numPages);
    this.view.setAttribute("aria-label", said.replace("{chunk}", this.whose));
  }

  showRegion() {
    const box = this.marks?.querySelector("rect");
    const to = box?.getBoundingClientRect();
    const view = this.view.getBoundingClientRect();
    this.view.scrollTop += to ? to.top - view.top - Math.max(24, (view.height - to.height) / 3) : -this.view.scrollTop;
    if (to) this.view.scrollLeft += to.left - view.left - 24;
  }
}
