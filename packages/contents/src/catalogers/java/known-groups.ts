/**
 * The groupId of artifacts that are not made by Maven and so do not say it, though many programs have them. Only names that nobody else uses;
 * where an artifact moved to another group, the versions of each.
 */
const known: readonly (readonly [artifactId: RegExp, groupId: string, version?: RegExp])[] = [
  [
    /^spring-(?:aop|aspects|beans|context|context-indexer|context-support|core|expression|instrument|jcl|jdbc|jms|messaging|orm|oxm|test|tx|web|webflux|webmvc|websocket)$/,
    'org.springframework',
  ],
  [
    /^spring-boot(?:-(?:actuator|actuator-autoconfigure|autoconfigure|devtools|jarmode-.+|loader|starter|starter-.+))?$/,
    'org.springframework.boot',
  ],
  [
    /^spring-security-(?:acl|aspects|cas|config|core|crypto|data|ldap|messaging|oauth2-.+|rsocket|saml2-.+|taglibs|test|web)$/,
    'org.springframework.security',
  ],
  [/^spring-session-(?:core|data-redis|hazelcast|jdbc)$/, 'org.springframework.session'],
  [/^spring-kafka(?:-test)?$/, 'org.springframework.kafka'],
  [/^spring-integration-.+$/, 'org.springframework.integration'],
  [/^tomcat-embed-(?:core|el|jasper|websocket)$/, 'org.apache.tomcat.embed'],
  [
    /^tomcat-(?:annotations-api|catalina|coyote|dbcp|jasper|jdbc|jni|juli|util|util-scan|websocket)$/,
    'org.apache.tomcat',
  ],
  [/^kotlin-(?:stdlib|reflect)(?:-.+)?$/, 'org.jetbrains.kotlin'],
  [/^kotlinx-coroutines-.+$/, 'org.jetbrains.kotlinx'],
  [/^okhttp$/, 'com.squareup.okhttp3'],
  [/^okio(?:-jvm)?$/, 'com.squareup.okio'],
  [/^reactor-(?:core|test|tools)$/, 'io.projectreactor'],
  [/^reactor-netty(?:-core|-http)?$/, 'io.projectreactor.netty'],
  [/^micrometer-.+$/, 'io.micrometer'],
  [
    /^grpc-(?:alts|api|auth|context|core|grpclb|inprocess|netty|netty-shaded|okhttp|protobuf|protobuf-lite|services|stub|util|xds)$/,
    'io.grpc',
  ],
  [/^opentelemetry-(?:api|context|sdk|sdk-.+|exporter-.+)$/, 'io.opentelemetry'],
  [/^kafka-clients$/, 'org.apache.kafka'],
  [/^kafka_2\.\d+$/, 'org.apache.kafka'],
  [/^lucene-.+$/, 'org.apache.lucene'],
  [/^elasticsearch(?:-core|-x-content|-geo|-cli)?$/, 'org.elasticsearch'],
  [/^bc(?:prov|pkix|util|pg|mail|tls)-(?:ext-)?jdk\w+$/, 'org.bouncycastle'],
  [/^hibernate-(?:core|envers|c3p0|hikaricp|jcache|spatial)$/, 'org.hibernate', /^[3-5]\./],
  [/^hibernate-(?:core|envers|c3p0|hikaricp|jcache|spatial)$/, 'org.hibernate.orm', /^[67]\./],
  [/^groovy(?:-(?:all|json|xml|sql|templates|jsr223))?$/, 'org.codehaus.groovy', /^[1-3]\./],
  [/^groovy(?:-(?:json|xml|sql|templates|jsr223))?$/, 'org.apache.groovy', /^[45]\./],
  [/^dom4j$/, 'dom4j', /^1\./],
  [/^dom4j$/, 'org.dom4j', /^2\./],
  [/^mysql-connector-java$/, 'mysql'],
  [/^mysql-connector-j$/, 'com.mysql'],
  [/^postgresql$/, 'org.postgresql'],
  [/^h2$/, 'com.h2database'],
  [/^poi(?:-(?:examples|excelant|ooxml|ooxml-full|ooxml-lite|ooxml-schemas|scratchpad))?$/, 'org.apache.poi'],
  [/^velocity$/, 'org.apache.velocity', /^1\./],
  [/^asm(?:-(?:analysis|commons|tree|util))?$/, 'org.ow2.asm', /^(?:[4-9]|1\d)(?:\.|$)/],
  [/^scala-(?:compiler|library|reflect)$/, 'org.scala-lang'],
  [/^ant(?:-(?:junit|launcher))?$/, 'org.apache.ant'],
  [/^xercesImpl$/, 'xerces'],
  [/^xalan$/, 'xalan'],
  [/^junit$/, 'junit'],
  [/^junit-jupiter(?:-.+)?$/, 'org.junit.jupiter'],
  [/^mockito-(?:core|inline)$/, 'org.mockito'],
  [/^byte-buddy(?:-agent)?$/, 'net.bytebuddy'],
  [/^rxjava-reactive-streams$/, 'io.reactivex'],
  [/^reactive-streams$/, 'org.reactivestreams'],
];

/** The groupId of an artifact by its artifactId and version alone, where that is sure. */
export function knownGroup(artifactId: string, version: string): string | undefined {
  return known.find(([name, , versions]) => name.test(artifactId) && (versions?.test(version) ?? true))?.[1];
}
