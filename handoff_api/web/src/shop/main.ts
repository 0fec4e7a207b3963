// The demo page's buttons ask the widget what stands on them, as a visitor would.

for (const button of document.querySelectorAll<HTMLButtonElement>('[data-ask]')) {
  button.addEventListener('click', async () => {
    await customElements.whenDefined('baton-widget');
    document.querySelector('baton-widget')?.ask(button.dataset.ask ?? '');
  });
}
