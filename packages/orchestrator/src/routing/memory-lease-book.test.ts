import { MemoryLeaseBook } from './memory-lease-book.ts';
import { testLeaseBookContract } from './testing/lease-book-contract.ts';

testLeaseBookContract('memory lease book', async () => new MemoryLeaseBook());
