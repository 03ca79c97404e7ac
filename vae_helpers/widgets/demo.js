// The picture of a demo, as Python draws it; the sliders are ordinary ones of ipywidgets.
// `script` in page.py puts view.js before it.

async function render({ model, el }) {
  el.classList.add("vae", "vae-demo-picture");
  el.innerHTML = `<img><p class="words" role="status"></p>`;
  const [image, words] = el.children;
  [image.width, image.height] = [model.get("width"), model.get("height")];
  const python = patience((text) => { words.textContent = text; });
  const draw = () => {
    image.alt = model.get("alt");
    const old = image.src;
    image.src = URL.createObjectURL(new Blob([model.get("value")], { type: "image/png" }));
    URL.revokeObjectURL(old);
    python.answered();
  };
  model.on("change:redraws", draw);
  draw();
  const find = (id) => model.widget_manager.get_model(id.replace("IPY_MODEL_", ""));
  const controls = await Promise.all(model.get("controls").map(find));
  for (const control of controls) control.on("change:value", python.asked);
  const stop = tendSliders(el);
  return () => {
    stop();
    python.answered();
    for (const control of controls) control.off("change:value", python.asked);
    URL.revokeObjectURL(image.src);
  };
}

export default { render };
