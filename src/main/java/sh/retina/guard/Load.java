package sh.retina.guard;

/**
 * What the agent cost in a window.
 *
 * @param cpuCores of process and programs together
 * @param memoryBytes at its end
 */
public record Load(double cpuCores, long memoryBytes) {}
