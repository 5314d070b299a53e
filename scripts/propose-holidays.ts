// Proposes an office's holidays for domain/pipeline/holidays.ts: `node scripts/propose-holidays.ts US 2026 2035`. A person reads them before they are used.
import Holidays from 'date-holidays';

const [country = 'US', from = '2026', to = '2035'] = process.argv.slice(2);
const holidays = new Holidays(country);
const years = Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => Number(from) + i);
const days = years.flatMap((year) => holidays.getHolidays(year).filter((h) => h.type === 'public'));
for (const day of [...new Set(days.map((d) => d.date.slice(0, 10)))].toSorted()) process.stdout.write(`'${day}',\n`);
