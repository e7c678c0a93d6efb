export const workerdRows = async () => []
