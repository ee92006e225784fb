// The pipeline config widget: a whole model ticks its labels, and what Add wrote goes into the editor.
(() => {
  "use strict";

  const labelsOf = (widget, model) => [...widget.querySelectorAll(`input[data-model="${model}"]:not(:disabled)`)];

  const showWhole = (widget, model) => {
    const whole = widget.querySelector(`input[data-whole-model="${model}"]`);
    const labels = labelsOf(widget, model);
    const ticked = labels.filter((label) => label.checked).length;
    whole.checked = labels.length > 0 && ticked === labels.length;
    whole.indeterminate = ticked > 0 && ticked < labels.length;
  };

  document.addEventListener("change", (event) => {
    const widget = event.target.closest("#model-widget");
    if (!widget) return;
    const { wholeModel, model } = event.target.dataset;
    if (wholeModel) for (const label of labelsOf(widget, wholeModel)) label.checked = event.target.checked;
    else if (model) showWhole(widget, model);
  });

  document.addEventListener("htmx:afterSettle", () => {
    const changed = document.getElementById("changed-config");
    const editor = document.getElementById("labeling-config");
    if (!changed || !editor) return;
    const scroll = editor.scrollTop;
    editor.setRangeText(changed.value, 0, editor.value.length, "preserve");
    editor.scrollTop = scroll;
    changed.remove();
    editor.dispatchEvent(new Event("input", { bubbles: true }));
    document.getElementById("add-labels").focus();
  });
})();
