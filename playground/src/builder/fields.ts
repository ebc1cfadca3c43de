import { h } from '../dom.ts';

/** Creates a checkbox with its label. A fixed one shows its state but cannot be changed. */
export function checkbox(
  id: string,
  label: string | HTMLElement,
  isTicked: boolean,
  change: (isTicked: boolean) => void,
  isFixed = false,
): HTMLElement {
  const input = h('input', { type: 'checkbox', id, checked: isTicked, disabled: isFixed });
  input.addEventListener('change', () => change(input.checked));
  return h('label', { class: 'box', for: id }, input, h('span', {}, label));
}

/** Creates a field of one line, which reports its text when the user leaves it or presses Enter. */
export function textField(
  id: string,
  label: string,
  value: string,
  example: string,
  change: (text: string) => void,
): HTMLElement {
  const input = h('input', {
    type: 'text',
    id,
    value,
    placeholder: example,
    spellcheck: 'false',
    autocapitalize: 'off',
  });
  input.addEventListener('change', () => change(input.value.trim()));
  return h('label', { class: 'field', for: id }, h('span', {}, label), input);
}

/** Creates a menu with its label. */
export function choice(
  id: string,
  label: string,
  options: readonly { readonly value: string; readonly title: string }[],
  value: string,
  change: (value: string) => void,
): HTMLElement {
  const items = options.map((option) =>
    h('option', { value: option.value, selected: option.value === value }, option.title),
  );
  const select = h('select', { id }, ...items);
  select.addEventListener('change', () => change(select.value));
  return h('label', { class: 'field', for: id }, h('span', {}, label), select);
}
