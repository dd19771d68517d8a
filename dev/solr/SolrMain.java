import java.util.EnumSet;
import javax.servlet.DispatcherType;
import org.apache.solr.servlet.CoreContainerProvider;
import org.apache.solr.servlet.SolrDispatchFilter;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.servlet.DefaultServlet;
import org.eclipse.jetty.servlet.ServletContextHandler;

/** Solr in a plain Jetty on the loopback address: SolrMain PORT, with -Dsolr.solr.home=FOLDER. */
public class SolrMain {
    public static void main(String[] args) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setPort(Integer.parseInt(args[0]));
        server.addConnector(connector);

        ServletContextHandler solr = new ServletContextHandler(server, "/solr");
        solr.setResourceBase(System.getProperty("solr.solr.home"));
        solr.addEventListener(new CoreContainerProvider());
        solr.addFilter(SolrDispatchFilter.class, "/*", EnumSet.of(DispatcherType.REQUEST));
        solr.addServlet(DefaultServlet.class, "/");

        server.setStopAtShutdown(true);
        server.start();
        server.join();
    }
}
