import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Floating-point functions that differ between engines, clocks and chance: banned where a world must replay exactly. */
const UNSTABLE_MATH = [
  'random', 'exp', 'expm1', 'log', 'log2', 'log10', 'log1p', 'pow', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'atan2',
  'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'cbrt', 'hypot',
]; // prettier-ignore

const upward = (...folders) => ({
  patterns: folders.map((f) => ({
    group: [`**/${f}/**`],
    message: 'Imports point one way: envs <- scoring <- harness <- web; fpx stands alone.',
  })),
});

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'results/**', 'board/**', 'fpx/kernels/assembly/**', 'models/scratch/**'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-console': 'off',
      eqeqeq: 'error',
    },
  },
  { files: ['**/*.mjs'], languageOptions: { globals: { Buffer: 'readonly', console: 'readonly', process: 'readonly', URL: 'readonly', window: 'readonly', document: 'readonly' } } },
  {
    files: ['envs/**/*.ts', 'scoring/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', 'Date', 'performance', 'process', 'setTimeout', 'setInterval', 'setImmediate', 'crypto', 'Intl'],
      'no-restricted-imports': ['error', { patterns: [{ group: ['node:*'], message: 'envs and scoring also run in the browser.' }, ...upward('harness', 'web', 'fpx').patterns] }],
    },
  },
  {
    files: ['envs/**/*.ts'],
    rules: {
      'no-restricted-properties': ['error', ...UNSTABLE_MATH.map((property) => ({ object: 'Math', property, message: 'Differs between engines: a world must replay exactly.' }))],
      'no-restricted-syntax': [
        'error',
        { selector: "BinaryExpression[operator='**']", message: 'Differs between engines: a world must replay exactly.' },
        { selector: 'ForInStatement', message: 'Depends on key order.' },
      ],
      'no-restricted-imports': ['error', { patterns: [{ group: ['node:*'], message: 'envs also run in the browser.' }, ...upward('scoring', 'harness', 'web', 'fpx').patterns] }],
    },
  },
  // Money in doubles is allowed here alone: the published rules are in doubles, and + - * / min max abs floor give the same bits everywhere.
  {
    files: ['envs/hft/paper/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: "BinaryExpression[operator='**']", message: 'Differs between engines: a world must replay exactly.' },
        { selector: 'ForInStatement', message: 'Depends on key order.' },
        { selector: "MemberExpression[object.name='Math'][property.name!=/^(min|max|abs|floor)$/]", message: 'The published rules need min, max, abs and floor only.' },
      ],
    },
  },
  { files: ['harness/**/*.ts'], rules: { 'no-restricted-imports': ['error', upward('web')] } },
  { files: ['harness/**/*.ts'], ignores: ['harness/cli/fpx*.ts', 'harness/cli/fpx/**', 'harness/planning/**', 'harness/cli/plan/**'], rules: { 'no-restricted-imports': ['error', upward('web', 'fpx')] } },
  // Planning reckons with formats and shapes of models; the engine itself stays behind the OpenAI API here, too.
  { files: ['harness/planning/**/*.ts', 'harness/cli/plan/**/*.ts'], rules: { 'no-restricted-imports': ['error', upward('web', 'fpx/model', 'fpx/kernels', 'fpx/endpoint')] } },
  // The gateway's scheduler is given the time and told what happened: it has no clock, no sockets and no chance of its own.
  {
    files: ['harness/gateway/scheduling/**/*.ts', 'harness/gateway/resources/allocation.ts'],
    rules: {
      'no-restricted-globals': ['error', 'Date', 'performance', 'process', 'setTimeout', 'setInterval', 'setImmediate', 'crypto'],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'The scheduler leaves nothing to chance.' }],
      'no-restricted-imports': ['error', { patterns: [{ group: ['node:*'], message: 'The scheduler is pure.' }, ...upward('web', 'fpx').patterns] }],
    },
  },
  { files: ['fpx/**/*.ts'], rules: { 'no-restricted-imports': ['error', upward('envs', 'scoring', 'harness', 'web')] } },
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-unused-expressions': 'off' } },
); // prettier-ignore
