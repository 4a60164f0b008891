import { defineConfig } from 'vite'

export default defineConfig({
  server: {
    host: true,
    port: 5173,
    strictPort: true,
    allowedHosts: ['.localhost', 'vite'],
    // the port that the browser sees; in the container it is always 5173
    hmr: { clientPort: Number(process.env.HMR_CLIENT_PORT || 5173) },
  },
})
