export { DerivedNotNative } from '../../../script/derived-not-native.ts';
