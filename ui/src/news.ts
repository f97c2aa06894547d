// What the kinds of changes by others look like.

import type { NewsKind } from './generated/api';
import type { IconName } from './parts/Icon.svelte';

export const NEWS_ICONS: Record<NewsKind, IconName> = {
  serverAdded: 'plus',
  serverRemoved: 'minus',
  serverChanged: 'edit',
  switchedOn: 'on',
  switchedOff: 'off',
  approvalBroken: 'findings',
  scoreLowered: 'down',
  fileBroken: 'file',
  fileMended: 'file',
};
