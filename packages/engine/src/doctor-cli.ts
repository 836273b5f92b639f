import { doctor } from "./doctor/doctor.js";
import { formatDiagnosis } from "./doctor/format-diagnosis.js";

const diagnosis = await doctor();
console.log(formatDiagnosis(diagnosis));
const healthy = diagnosis.engines.some(({ works }) => works) && diagnosis.gradients && diagnosis.coreCopies.length <= 1;
process.exitCode = healthy ? 0 : 1;
