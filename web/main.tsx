import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/print.css';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no element for the dashboard');
createRoot(root).render(<App />);
