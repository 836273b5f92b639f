export const exportPlan = undefined;
