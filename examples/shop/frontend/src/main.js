const api = import.meta.env.VITE_API_URL

async function show() {
  const site = document.querySelector('#site')
  try {
    const response = await fetch(`${api}/api/products/`)
    const catalog = await response.json()
    site.textContent = catalog.site
    document.querySelector('#products').replaceChildren(
      ...catalog.products.map(({ name, price_cents }) => {
        const item = document.createElement('li')
        item.textContent = `${name}: ${(price_cents / 100).toFixed(2)}`
        return item
      }),
    )
  } catch (error) {
    site.textContent = `${api} (${error.message})`
  }
}

show()

if (import.meta.hot) import.meta.hot.accept()
