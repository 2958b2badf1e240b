// Search, filters and sorting of the index. Without this script everything is listed; with it the state lives in the address.
(() => {
  const form = document.getElementById('filters');
  const list = document.getElementById('cards');
  const status = document.getElementById('count');
  if (!form || !list || !status) return;

  /** So many open items and cards are shown before "Show all". */
  const first = { items: 12, cards: 100 };

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
  const more = { items: moreButton('items', document.querySelector('.items')), cards: moreButton('cards', list) };

  function moreButton(name, after) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'more';
    button.setAttribute('aria-controls', name);
    button.setAttribute('aria-expanded', 'false');
    button.addEventListener('click', () => {
      const isOpen = button.getAttribute('aria-expanded') !== 'true';
      button.setAttribute('aria-expanded', String(isOpen));
      apply();
      if (!isOpen) button.closest('section').scrollIntoView();
    });
    after?.after(button);
    return button;
  }

  function values() {
    return Object.fromEntries(fields.map((field) => [field.name, field.type === 'checkbox' ? (field.checked ? '1' : '') : field.value.trim()]));
  }

  function show(element, isShown) {
    if (element.hidden === isShown) element.hidden = !isShown;
  }

  /** Hides an element that was found from screens only: there is a button to ask for it, and paper has none. */
  function postpone(element, isLater) {
    if ((element.className === 'later') !== isLater) element.className = isLater ? 'later' : '';
  }

  /** Puts the number of what is found beside the heading, and gives it. The index may list fewer items than there are, which `data-all` knows. */
  function total(name, found, listed) {
    const place = document.querySelector(`[data-count="${name}"]`);
    const all = Number(place?.dataset.all ?? listed);
    const said = `${found} of ${listed < all ? `the first ${listed}` : listed}`;
    if (place) place.textContent = found === listed ? all : said;
    return said;
  }

  function announce(text) {
    if (status.textContent !== text) status.textContent = text;
  }

  /** Shows the first ones that are found, or all of them on request; gives how many there are. */
  function showFirst(name, all, isFound) {
    const limit = more[name].getAttribute('aria-expanded') === 'true' ? Infinity : first[name];
    let found = 0;
    for (const one of all) {
      const isIn = isFound(one);
      found += isIn ? 1 : 0;
      show(one.element, isIn);
      postpone(one.element, isIn && found > limit);
    }
    show(more[name], found > first[name]);
    more[name].textContent = limit === Infinity ? `Show the first ${first[name]}` : `Show all ${found}`;
    return found;
  }

  function apply() {
    const { q = '', severity = '', year = '', service = '', sort = '', open = '' } = values();
    const words = plain(q).split(/\s+/).filter(Boolean);
    const name = service.toLowerCase();
    const says = (text) => words.every((word) => text.includes(word));
    const fits = (card) =>
      (severity === '' || card.severity === severity) && (year === '' || card.year === year) && (name === '' || card.services.includes(name));
    const ordered = [...cards].sort(orders[sort] ?? orders['']);
    if (sort !== order) {
      order = sort;
      list.append(...ordered.map(({ element }) => element));
    }
    const shownCards = showFirst('cards', ordered, (card) => fits(card) && (open === '' || card.open > 0) && says(card.text));
    const shownItems = showFirst('items', items, ({ card, text }) => fits(card) && says(text));
    const isFiltered = words.length > 0 || [severity, year, service, open].some((value) => value !== '');
    const said = `${total('cards', shownCards, cards.length)} post-mortems, ${total('items', shownItems, items.length)} open items.`;
    announce(isFiltered ? said : '');
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
