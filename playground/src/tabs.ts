import { byId } from './dom.ts';

/** Makes the buttons in an element with role tablist show one panel each. Returns what selects a tab. */
export function connectTabs(listId: string): (tabId: string) => void {
  const tabs = [...byId(listId).querySelectorAll<HTMLButtonElement>('[role=tab]')];
  const select = (selected: HTMLButtonElement) => {
    for (const tab of tabs) {
      const isSelected = tab === selected;
      tab.setAttribute('aria-selected', String(isSelected));
      tab.tabIndex = isSelected ? 0 : -1;
      byId(tab.getAttribute('aria-controls') ?? '').hidden = !isSelected;
    }
  };
  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener('click', () => select(tab));
    tab.addEventListener('keydown', (event) => {
      const target = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: -1 }[event.key];
      const next = target === undefined ? undefined : tabs.at(target % tabs.length);
      if (next === undefined) return;
      event.preventDefault();
      select(next);
      next.focus();
    });
  }
  return (tabId) => select(byId<HTMLButtonElement>(tabId));
}
