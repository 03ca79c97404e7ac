// The picture of a demo, as Python draws it; the sliders are ordinary ones of ipywidgets.

function render({ model, el }) {
  const image = document.createElement("img");
  [image.width, image.height] = [model.get("width"), model.get("height")];
  const draw = () => {
    image.alt = model.get("alt");
    const old = image.src;
    image.src = URL.createObjectURL(new Blob([model.get("value")], { type: "image/png" }));
    URL.revokeObjectURL(old);
  };
  el.classList.add("vae-demo-picture");
  el.append(image);
  model.on("change:value", draw);
  draw();
  const stop = tendSliders(el);
  return () => { stop(); URL.revokeObjectURL(image.src); };
}

export default { render };
