import type { FleetStore } from '../store/store.ts';
import {
  countImages,
  type ImageFilter,
  type ImageListRow,
  type ImageSort,
  imageRows,
  summaries,
} from './image-rows.ts';
import { type PageRequest, pageOf, placeOf } from './page.ts';

export interface ImageQuery extends ImageFilter, PageRequest {
  readonly sort?: ImageSort;
  readonly order?: 'asc' | 'desc';
}

/** A page of images with what is open in each. */
export async function listImages(store: FleetStore, query: ImageQuery) {
  const { sort = 'risk', order, limit } = query;
  const wanted = { sort, limit: limit + 1, offset: placeOf(query), ...(order === undefined ? {} : { order }) };
  const rows = await imageRows(store, query, wanted);
  const total = await countImages(store, query);
  const page = pageOf(rows, query, (row: ImageListRow) => row, total);
  return { ...page, items: await summaries(store, page.items) };
}
