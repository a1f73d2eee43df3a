# docker build -t REGISTRY/retina:0.1.0 .        for two architectures: docker buildx build --platform linux/amd64,linux/arm64 …
# The build stage compiles BPF objects and program, links the Java that it needs and trains the AOT cache; each for the
# architecture that it runs on. What it assembles is all that is in the image: docs/install.md#the-image.
FROM docker.io/library/eclipse-temurin:25-jdk-noble AS build
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update && apt-get install -y --no-install-recommends binutils ca-certificates
WORKDIR /build
COPY . .
RUN RETINA_TESTS=no ./mvnw -B -ntp -DskipTests package && bin/image /image

FROM scratch
COPY --from=build /image /
ENV MALLOC_ARENA_MAX=2
EXPOSE 10093 4244 9965 8080
ENTRYPOINT ["/opt/java/bin/java", "@/opt/retina/java.options"]
CMD ["agent"]
