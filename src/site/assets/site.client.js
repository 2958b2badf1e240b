// Search, filters and sorting of the index. Without this script everything is listed; with it the state lives in the address.
(() => {
  const form = document.getElementById('filters');
  const list = document.getElementById('cards');
  const status = document.getElementById('count');
  if (!form || !list || !status) return;

  /** So many open items are shown before "Show all". */
  const firstItems = 12;

  const plain = (text) => text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLowerCase();
  const cards = [...list.children].map((element, number) => ({
    element,
    number,
    text: plain(element.textContent),
    year: element.dataset.y,
    severity: element.dataset.s,
    rank: Number(element.dataset.r),
    minutes: Number(element.dataset.m),
    open: Number(element.dataset.o),
    services: [...element.querySelectorAll('.services i')].map((name) => name.textContent.toLowerCase()),
  }));
  const items = [...document.querySelectorAll('#items > tr')].map((element) => ({
    element,
    card: cards[Number(element.dataset.e)],
    text: plain(element.textContent),
  }));
  const orders = {
    '': (a, b) => a.number - b.number,
    oldest: (a, b) => b.number - a.number,
    severity: (a, b) => a.rank - b.rank || a.number - b.number,
    longest: (a, b) => b.minutes - a.minutes || a.number - b.number,
    open: (a, b) => b.open - a.open || a.number - b.number,
  };
  const fields = ['q', 'severity', 'year', 'service', 'sort', 'open'].map((name) => form.elements.namedItem(name)).filter(Boolean);
  let order = '';
  let allItems = false;

  const more = document.createElement('button');
  more.type = 'button';
  more.className = 'more';
  more.setAttribute('aria-controls', 'items');
  more.addEventListener('click', () => {
    allItems = !allItems;
    apply();
    if (!allItems) document.getElementById('open-items').scrollIntoView();
  });
  document.querySelector('.items')?.after(more);

  function values() {
    return Object.fromEntries(fields.map((field) => [field.name, field.type === 'checkbox' ? (field.checked ? '1' : '') : field.value.trim()]));
  }

  function show(element, isShown) {
    if (element.hidden === isShown) element.hidden = !isShown;
  }

  /** The number beside a heading. The index may list fewer items than there are, which `data-all` knows. */
  function total(name, shown, all) {
    const place = document.querySelector(`[data-count="${name}"]`);
    if (place) place.textContent = shown === all ? place.dataset.all : `${shown} of ${all}`;
  }

  function apply() {
    const { q = '', severity = '', year = '', service = '', sort = '', open = '' } = values();
    const words = plain(q).split(/\s+/).filter(Boolean);
    const name = service.toLowerCase();
    const says = (text) => words.every((word) => text.includes(word));
    const fits = (card) =>
      (severity === '' || card.severity === severity) && (year === '' || card.year === year) && (name === '' || card.services.includes(name));
    let shownCards = 0;
    for (const card of cards) {
      const isShown = fits(card) && (open === '' || card.open > 0) && says(card.text);
      shownCards += isShown ? 1 : 0;
      show(card.element, isShown);
    }
    let shownItems = 0;
    for (const { element, card, text } of items) {
      const isFound = fits(card) && says(text);
      shownItems += isFound ? 1 : 0;
      show(element, isFound && (allItems || shownItems <= firstItems));
    }
    if (sort !== order) {
      order = sort;
      list.append(...cards.toSorted(orders[sort] ?? orders['']).map(({ element }) => element));
    }
    show(more, shownItems > firstItems);
    more.textContent = allItems ? `Show the first ${firstItems}` : `Show all ${shownItems}`;
    more.setAttribute('aria-expanded', String(allItems));
    const isFiltered = words.length > 0 || [severity, year, service, open].some((value) => value !== '');
    total('items', shownItems, items.length);
    total('cards', shownCards, cards.length);
    const said = isFiltered ? `${shownCards} of ${cards.length} post-mortems, ${shownItems} of ${items.length} open items.` : '';
    if (status.textContent !== said) status.textContent = said;
    show(form.querySelector('button'), isFiltered || sort !== '');
  }

  function store() {
    const query = new URLSearchParams(Object.entries(values()).filter(([, value]) => value !== '')).toString();
    history.replaceState(null, '', `${location.pathname}${query === '' ? '' : `?${query}`}${location.hash}`);
  }

  function restore() {
    const query = new URLSearchParams(location.search);
    for (const field of fields) {
      const value = query.get(field.name) ?? '';
      if (field.type === 'checkbox') field.checked = value === '1';
      else field.value = value;
      // A value that is no choice (any more) chooses nothing.
      if (field.selectedIndex === -1) field.value = '';
    }
    apply();
  }

  function update() {
    apply();
    store();
  }

  form.addEventListener('input', update);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', () =>
    setTimeout(() => {
      update();
      form.elements.namedItem('q').focus();
    }),
  );
  addEventListener('popstate', restore);
  addEventListener('keydown', (event) => {
    const search = form.elements.namedItem('q');
    const isTyping = event.target instanceof Element && event.target.closest('input, select, textarea');
    if (event.key === '/' && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === 'Escape' && event.target === search && search.value !== '') {
      event.preventDefault();
      search.value = '';
      update();
    }
  });

  form.hidden = false;
  restore();
})();
