import { apiTests } from './api.js';
import { attackTests } from './attacks.js';
import { Boards } from './boards.js';
import { movingTests } from './moving.js';
import { referenceTests } from './reference.js';
import { receivingTests } from './receiving.js';
import { tokenTests } from './tokens.js';

// In one file and this order, since they share boards: see boards.ts.
describe('a board', function () {
  this.timeout(180_000);
  const boards = new Boards();
  before(() => boards.open());
  after(() => boards.close());

  describe('is attacked', () => attackTests(boards));
  describe('takes a bundle', () => movingTests(boards));
  describe('computes answers again and measures', () => referenceTests(boards));
  describe('answers by its API', () => apiTests(boards));
  describe('asks for tokens once any was issued', () => tokenTests(boards));
  describe('receives', () => receivingTests(boards));
});
