const api = import.meta.env.VITE_API_URL
const title = 'Shop'

const at = (selector) => document.querySelector(selector)

async function show() {
  at('h1').textContent = title
  at('form').action = `${api}/jobs/`
  try {
    // with the cookies of the site, which is on the same host
    const response = await fetch(`${api}/api/products/`, { credentials: 'include' })
    const catalog = await response.json()
    document.body.style.setProperty('--colour', catalog.colour)
    document.title = `Shop: ${catalog.branch}`
    at('#branch').textContent = catalog.branch
    at('#user').textContent = catalog.user
    at('#site').textContent = catalog.site
    at('form').elements.csrfmiddlewaretoken.value = catalog.token
    at('#products').replaceChildren(
      ...catalog.products.map(({ name, price_cents }) => {
        const item = document.createElement('li')
        item.textContent = `${name}: ${(price_cents / 100).toFixed(2)}`
        return item
      }),
    )
  } catch (error) {
    at('#site').textContent = `${api} (${error.message})`
  }
}

show()

if (import.meta.hot) import.meta.hot.accept()
