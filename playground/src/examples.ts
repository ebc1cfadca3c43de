import all from '../../deploy/examples/all.yaml?raw';
import ambassador from '../../deploy/examples/ambassador.yaml?raw';
import env from '../../deploy/examples/env.yaml?raw';
import volume from '../../deploy/examples/volume.yaml?raw';
import mistakes from '../../docs/examples/mistakes.yaml?raw';
import deployment from './examples/profile.yaml?raw';
import settings from './examples/settings.yaml?raw';
import start from './examples/start.yaml?raw';

/** What the page opens with, and what its menu offers. */
export interface Example {
  readonly title: string;
  readonly manifest: string;
  /** Empty if the example needs none. */
  readonly settings: string;
}

export const examples: readonly Example[] = [
  { title: 'A Deployment to start with', manifest: start, settings: '' },
  { title: 'Variables', manifest: env, settings: '' },
  { title: 'Files', manifest: volume, settings: '' },
  { title: 'The ambassador', manifest: ambassador, settings: '' },
  { title: 'All three', manifest: all, settings: '' },
  { title: 'A profile', manifest: deployment, settings },
  { title: 'Mistakes', manifest: mistakes, settings: '' },
];
