package sh.retina.operator;

import org.springframework.context.SmartLifecycle;

/** Takes part in the election while the process serves HTTP. */
final class OperatorLifecycle implements SmartLifecycle {
  private final Leadership leadership;
  private volatile boolean running;

  OperatorLifecycle(Leadership leadership) {
    this.leadership = leadership;
  }

  @Override
  public void start() {
    running = true;
    leadership.start();
  }

  @Override
  public void stop() {
    leadership.close();
    running = false;
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
