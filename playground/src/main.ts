import './style.css';
import { startPlayground } from './playground.ts';

startPlayground();
