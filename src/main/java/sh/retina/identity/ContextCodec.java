package sh.retina.identity;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;
import sh.retina.identity.proto.CgroupName;
import sh.retina.identity.proto.ContextChanges;
import sh.retina.identity.proto.DetailStep;
import sh.retina.identity.proto.InterfaceName;
import sh.retina.identity.proto.Symbol;

/** Context changes to and from the bytes that the journal keeps (proto/retina/context.proto). */
public final class ContextCodec {
  private ContextCodec() {}

  /** The bytes of one excerpt; {@code snapshot}: the changes replace everything known before. */
  public static byte[] encode(List<ContextChange> changes, boolean snapshot) {
    ContextChanges.Builder message = ContextChanges.newBuilder().setSnapshot(snapshot);
    for (ContextChange change : changes) {
      message.addChanges(encode(change));
    }
    return message.build().toByteArray();
  }

  /**
   * The changes of one excerpt. Throws IllegalArgumentException when the bytes are not such an
   * excerpt.
   */
  public static List<ContextChange> decode(byte[] excerpt) {
    try {
      List<ContextChange> changes = new ArrayList<>();
      for (sh.retina.identity.proto.ContextChange change :
          ContextChanges.parseFrom(excerpt).getChangesList()) {
        switch (change.getChangeCase()) {
          case ENDPOINT_UP ->
              changes.add(new ContextChange.EndpointUp(decode(change.getEndpointUp())));
          case ENDPOINT_GONE ->
              changes.add(new ContextChange.EndpointGone(change.getEndpointGone()));
          case INTERFACE_NAMED ->
              changes.add(
                  new ContextChange.InterfaceNamed(
                      change.getInterfaceNamed().getIndex(), change.getInterfaceNamed().getName()));
          case SYMBOL_NAMED ->
              changes.add(
                  new ContextChange.SymbolNamed(
                      change.getSymbolNamed().getAddress(), change.getSymbolNamed().getName()));
          case CGROUP_NAMED ->
              changes.add(
                  new ContextChange.CgroupNamed(
                      change.getCgroupNamed().getId(), change.getCgroupNamed().getName()));
          case CLUSTER_AWAITED ->
              changes.add(new ContextChange.ClusterAwaited(change.getClusterAwaited()));
          case DETAIL_STEPPED -> {
            DetailStep step = change.getDetailStepped();
            changes.add(
                new ContextChange.DetailStepped(
                    step.getStep(),
                    step.getCause(),
                    step.getEachPacket(),
                    step.getReportIntervalNs(),
                    step.getSamplingRate()));
          }
          case CHANGE_NOT_SET -> {
            // A kind that a newer version writes: nothing that this version could use.
          }
        }
      }
      return changes;
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(
          "not a context excerpt: " + excerpt.length + " bytes, " + e.getMessage(), e);
    }
  }

  private static sh.retina.identity.proto.ContextChange encode(ContextChange change) {
    sh.retina.identity.proto.ContextChange.Builder message =
        sh.retina.identity.proto.ContextChange.newBuilder();
    switch (change) {
      case ContextChange.EndpointUp(var endpoint) -> message.setEndpointUp(encode(endpoint));
      case ContextChange.EndpointGone(var key) -> message.setEndpointGone(key);
      case ContextChange.InterfaceNamed(var index, var name) ->
          message.setInterfaceNamed(InterfaceName.newBuilder().setIndex(index).setName(name));
      case ContextChange.SymbolNamed(var address, var name) ->
          message.setSymbolNamed(Symbol.newBuilder().setAddress(address).setName(name));
      case ContextChange.CgroupNamed(var id, var name) ->
          message.setCgroupNamed(CgroupName.newBuilder().setId(id).setName(name));
      case ContextChange.ClusterAwaited(var isAwaited) -> message.setClusterAwaited(isAwaited);
      case ContextChange.DetailStepped(
              var step,
              var cause,
              var eachPacket,
              var reportIntervalNs,
              var samplingRate) ->
          message.setDetailStepped(
              DetailStep.newBuilder()
                  .setStep(step)
                  .setCause(cause)
                  .setEachPacket(eachPacket)
                  .setReportIntervalNs(reportIntervalNs)
                  .setSamplingRate(samplingRate));
    }
    return message.build();
  }

  private static sh.retina.identity.proto.Endpoint encode(Endpoint endpoint) {
    sh.retina.identity.proto.Endpoint.Builder message =
        sh.retina.identity.proto.Endpoint.newBuilder()
            .setKind(
                switch (endpoint.kind()) {
                  case POD -> sh.retina.identity.proto.Endpoint.Kind.POD;
                  case NODE -> sh.retina.identity.proto.Endpoint.Kind.NODE;
                  case SERVICE -> sh.retina.identity.proto.Endpoint.Kind.SERVICE;
                  case API_SERVER -> sh.retina.identity.proto.Endpoint.Kind.API_SERVER;
                  case WORLD, UNKNOWN -> sh.retina.identity.proto.Endpoint.Kind.UNKNOWN;
                })
            .setNamespace(endpoint.namespace())
            .setName(endpoint.name())
            .setWorkloadKind(endpoint.workloadKind())
            .setWorkloadName(endpoint.workloadName())
            .setNode(endpoint.node())
            .setZone(endpoint.zone())
            .addAllLabels(endpoint.labels())
            .addAllNamespaceLabels(endpoint.namespaceLabels())
            .addAllServices(endpoint.services())
            .addAllCgroupIds(endpoint.cgroupIds());
    if (endpoint.hasUid()) {
      message.setUid(
          ByteString.copyFrom(
              ByteBuffer.allocate(16)
                  .putLong(endpoint.uidHigh())
                  .putLong(endpoint.uidLow())
                  .array()));
    }
    for (IpAddress address : endpoint.addresses()) {
      message.addAddresses(ByteString.copyFrom(address.toBytes()));
    }
    return message.build();
  }

  private static Endpoint decode(sh.retina.identity.proto.Endpoint message) {
    List<IpAddress> addresses = new ArrayList<>();
    for (ByteString bytes : message.getAddressesList()) {
      if (bytes.size() == 16) {
        ByteBuffer buffer = bytes.asReadOnlyByteBuffer();
        addresses.add(new IpAddress(buffer.getLong(), buffer.getLong()));
      }
    }
    ByteBuffer uid =
        message.getUid().size() == 16
            ? message.getUid().asReadOnlyByteBuffer()
            : ByteBuffer.allocate(16);
    return new Endpoint(
        uid.getLong(),
        uid.getLong(),
        switch (message.getKind()) {
          case POD -> Endpoint.Kind.POD;
          case NODE -> Endpoint.Kind.NODE;
          case SERVICE -> Endpoint.Kind.SERVICE;
          case API_SERVER -> Endpoint.Kind.API_SERVER;
          case UNKNOWN, UNRECOGNIZED -> Endpoint.Kind.UNKNOWN;
        },
        message.getNamespace(),
        message.getName(),
        message.getWorkloadKind(),
        message.getWorkloadName(),
        message.getNode(),
        message.getZone(),
        message.getLabelsList(),
        message.getNamespaceLabelsList(),
        message.getServicesList(),
        addresses,
        message.getCgroupIdsList());
  }
}
