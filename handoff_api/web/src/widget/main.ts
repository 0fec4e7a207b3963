// The one script a page loads: defines <baton-widget> and, if the page has none, adds it.
import { BatonWidget } from './element.ts';

if (!customElements.get('baton-widget')) {
  customElements.define('baton-widget', BatonWidget);
  const add = () => {
    if (!document.querySelector('baton-widget')) document.body.append(document.createElement('baton-widget'));
  };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', add);
  else add();
}

declare global {
  interface HTMLElementTagNameMap {
    'baton-widget': BatonWidget;
  }
}
