/** The library as one file has the same names as the library. */
declare module 'echarts/dist/echarts.esm.min' {
  export * from 'echarts';
}
