export { createIsac, type IsacOptions, isac } from './isac/isac';
